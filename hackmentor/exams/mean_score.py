"""The mean score over items that come in clusters, such as questions about one page, with its 95 % interval."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from hackmentor.exams.effective_items import compute_effective_share

ROUNDS = 2000
_Z = float(norm.ppf(0.975))


@dataclass(frozen=True, slots=True)
class MeanScore:
    """A mean with the bounds of its 95 % interval."""

    value: float
    low: float
    high: float


def compute_mean_score(scores: Mapping[str, float], clusters: Mapping[str, str], seed: int) -> MeanScore:
    """The mean over items, and its interval.

    Where every score is 0 or 1 the interval is Wilson's (JASA 22, 1927), which has a width at 0 and 1 too, over the
    effective number of items, as in the verdict (`effective_items`). Other scores get a percentile bootstrap over
    clusters.

    Args:
        scores: by item id; at least one.
        clusters: by item id the cluster that the item belongs to.
        seed: of the resamples.
    """
    sums: dict[str, float] = defaultdict(float)
    sizes: dict[str, int] = defaultdict(int)
    for item_id, score in scores.items():
        sums[clusters[item_id]] += score
        sizes[clusters[item_id]] += 1
    totals, counts = np.array(list(sums.values())), np.array(list(sizes.values()))
    mean = float(totals.sum() / counts.sum())
    if all(score in (0.0, 1.0) for score in scores.values()):
        share = compute_effective_share(list(scores.values()), [clusters[item_id] for item_id in scores])
        return _compute_wilson_interval(mean, share * len(scores))
    drawn = np.random.default_rng(seed).integers(len(totals), size=(ROUNDS, len(totals)))
    means = totals[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return MeanScore(mean, float(low), float(high))


def _compute_wilson_interval(mean: float, items: float) -> MeanScore:
    centre = (mean + _Z**2 / (2 * items)) / (1 + _Z**2 / items)
    margin = _Z / (1 + _Z**2 / items) * float(np.sqrt(mean * (1 - mean) / items + _Z**2 / (4 * items**2)))
    return MeanScore(mean, max(0.0, centre - margin), min(1.0, centre + margin))
