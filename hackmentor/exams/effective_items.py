"""How many independent items those are worth that come in clusters, such as questions about one page."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t

_QUANTILE = 0.975


def compute_effective_share(values: Sequence[float], clusters: Sequence[str]) -> float:
    """How many independent items an item is worth, above 0 and at most 1.

    The inverse of the design effect of their values (Kish, Survey Sampling, 1965), times the squared ratio of Student's
    97.5 % quantiles at items - 1 and clusters - 1 degrees of freedom, as few clusters tell little of their variance
    (Korn and Graubard, Survey Methodology 24, 1998). Values that are all alike tell nothing of it: then a cluster is
    worth one item.

    Args:
        values: of each item, such as 1 for a right answer, or its difference to another contestant's.
        clusters: of each item.
    """
    array: NDArray[np.float64] = np.asarray(values, dtype=np.float64)
    _, place = np.unique(np.asarray(clusters), return_inverse=True)
    n, groups = array.size, int(place.max()) + 1
    if groups == n:
        return 1.0
    residuals = array - array.mean()
    alone = float(residuals @ residuals) * n / (n - 1)
    if groups == 1 or alone == 0:
        return groups / n
    sums = np.bincount(place, weights=residuals)
    design_effect = max(1.0, float(sums @ sums) * groups / (groups - 1) / alone)
    return float((t.ppf(_QUANTILE, n - 1) / t.ppf(_QUANTILE, groups - 1)) ** 2) / design_effect
