"""Proportions with their intervals, and the difference of two over the same items, which may come in clusters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.stats import binomtest, norm, t

from hackmentor.evaluate.verdict.intervals import LEVEL, Interval, NewcombeInterval, compute_wilson_bounds

_Z = float(norm.ppf((1 + LEVEL) / 2))


@dataclass(frozen=True)
class Proportion:
    """`count` of `n`, with Wilson's 95 % interval (JASA 22, 1927)."""

    count: int
    n: int
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class ProportionDifference:
    """How much higher (or lower: negative) a proportion is than the base's on the same `n` items.

    `gained` items count for the contestant only, `lost` for the base only. `low` and `high` are the bounds of the 95 %
    `interval`, Newcombe's for paired proportions; `p` is that of McNemar's exact, two-sided test, for independent items
    and not corrected for multiple comparisons.
    """

    value: float
    low: float
    high: float
    gained: int
    lost: int
    n: int
    p: float
    interval: Interval = field(compare=False, repr=False)

    @property
    def excludes_zero(self) -> bool:
        """Whether zero lies outside the interval."""
        return self.low > 0 or self.high < 0


def compute_proportion(hits: Sequence[bool]) -> Proportion:
    """The proportion of hits. Raises ValueError if there are none to count."""
    if not hits:
        raise ValueError("nothing to count")
    count, n = sum(hits), len(hits)
    return Proportion(count, n, count / n, *compute_wilson_bounds(count / n, n, _Z))


def compare_paired_proportions(
    own: Mapping[str, bool], base: Mapping[str, bool], clusters: Mapping[str, str] | None = None
) -> ProportionDifference:
    """The difference to the base over the same items.

    Args:
        own: for each id whether it counts for the contestant.
        base: the same for its base.
        clusters: for each id the cluster that it belongs to; without it all are independent.

    Raises:
        ValueError: if the two do not hold the same ids, or none.
    """
    if own.keys() != base.keys():
        raise ValueError("the contestant and its base have different items")
    if not own:
        raise ValueError("nothing to count")
    n, both = len(own), sum(own[name] and base[name] for name in own)
    gained = sum(own[name] and not base[name] for name in own)
    lost = sum(base[name] and not own[name] for name in own)
    share = _compute_effective_share(own, base, clusters) if clusters else 1.0
    interval = NewcombeInterval(*(share * count for count in (both, gained, lost, n - both - gained - lost)))
    p = float(binomtest(gained, gained + lost).pvalue) if gained + lost else 1.0
    return ProportionDifference((gained - lost) / n, *interval.compute_bounds(LEVEL), gained, lost, n, p, interval)


def _compute_effective_share(own: Mapping[str, bool], base: Mapping[str, bool], clusters: Mapping[str, str]) -> float:
    """How many independent items an item of a cluster is worth, at most 1.

    The inverse of the design effect of the differences (Kish, Survey Sampling, 1965), times the squared ratio of
    Student's quantiles at items - 1 and clusters - 1 degrees of freedom, as few clusters tell little of their variance
    (Korn and Graubard, Survey Methodology 24, 1998). Differences that are all alike tell nothing of it: then a
    cluster is worth one item.
    """
    by_cluster: dict[str, list[int]] = defaultdict(list)
    for name in own:
        by_cluster[clusters[name]].append(own[name] - base[name])
    n, groups = len(own), len(by_cluster)
    if groups == n:
        return 1.0
    mean = sum(map(sum, by_cluster.values())) / n
    residuals = np.array([sum(values) - len(values) * mean for values in by_cluster.values()])
    alone = sum((value - mean) ** 2 for values in by_cluster.values() for value in values) * n / (n - 1)
    if groups == 1 or alone == 0:
        return groups / n
    design_effect = max(1.0, float(residuals @ residuals) * groups / (groups - 1) / alone)
    quantile = (1 + LEVEL) / 2
    return float((t.ppf(quantile, n - 1) / t.ppf(quantile, groups - 1)) ** 2) / design_effect
