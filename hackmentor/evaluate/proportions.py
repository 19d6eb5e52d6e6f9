"""Proportions with their intervals, and the difference of two over the same items. Needs no torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

from scipy.stats import binomtest


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

    `gained` items count for the contestant only, `lost` for the base only. `low` and `high` are Newcombe's 95 %
    interval for paired proportions (Statistics in Medicine 17, 1998, method 10); `p` is that of McNemar's exact,
    two-sided test, not corrected for multiple comparisons.
    """

    value: float
    low: float
    high: float
    gained: int
    lost: int
    n: int
    p: float

    @property
    def excludes_zero(self) -> bool:
        """Whether zero lies outside the interval."""
        return self.low > 0 or self.high < 0


def compute_proportion(hits: Sequence[bool]) -> Proportion:
    """The proportion of hits. Raises ValueError if there are none to count."""
    if not hits:
        raise ValueError("nothing to count")
    count, n = sum(hits), len(hits)
    interval = binomtest(count, n).proportion_ci(method="wilson")
    return Proportion(count, n, count / n, float(interval.low), float(interval.high))


def compare_paired_proportions(own: Mapping[str, bool], base: Mapping[str, bool]) -> ProportionDifference:
    """The difference to the base over the same items.

    Args:
        own: for each id whether it counts for the contestant.
        base: the same for its base.

    Raises:
        ValueError: if the two do not hold the same ids, or none.
    """
    if own.keys() != base.keys():
        raise ValueError("the contestant and its base have different items")
    both = sum(own[name] and base[name] for name in own)
    gained = sum(own[name] and not base[name] for name in own)
    lost = sum(base[name] and not own[name] for name in own)
    neither = len(own) - both - gained - lost
    low, high = _newcombe_interval(
        compute_proportion(list(own.values())), compute_proportion(list(base.values())), both, gained, lost, neither
    )
    p = float(binomtest(gained, gained + lost).pvalue) if gained + lost else 1.0
    return ProportionDifference((gained - lost) / len(own), low, high, gained, lost, len(own), p)


def _newcombe_interval(
    own: Proportion, base: Proportion, both: int, gained: int, lost: int, neither: int
) -> tuple[float, float]:
    """Combines Wilson's limits of both proportions by the correlation of the items, corrected for continuity."""
    margins = (both + gained) * (lost + neither) * (both + lost) * (gained + neither)
    product: float = both * neither - gained * lost
    if product > 0:
        product = max(product - own.n / 2, 0)
    correlation = product / sqrt(margins) if margins else 0.0
    value = own.value - base.value
    return (
        max(-1.0, value - _combine_margins(own.value - own.low, base.high - base.value, correlation)),
        min(1.0, value + _combine_margins(own.high - own.value, base.value - base.low, correlation)),
    )


def _combine_margins(own: float, base: float, correlation: float) -> float:
    return sqrt(max(0.0, own**2 + base**2 - 2 * correlation * own * base))
