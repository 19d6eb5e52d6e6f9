"""Proportions with their intervals, and the difference of two over the same items, which may come in clusters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from scipy.stats import binomtest, norm

from hackmentor.evaluate.verdict.intervals import LEVEL, Interval, NewcombeInterval, compute_wilson_bounds
from hackmentor.exams.effective_items import compute_effective_share

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
    share = 1.0
    if clusters:
        share = compute_effective_share([own[name] - base[name] for name in own], [clusters[name] for name in own])
    interval = NewcombeInterval(*(share * count for count in (both, gained, lost, n - both - gained - lost)))
    p = float(binomtest(gained, gained + lost).pvalue) if gained + lost else 1.0
    return ProportionDifference((gained - lost) / n, *interval.compute_bounds(LEVEL), gained, lost, n, p, interval)
