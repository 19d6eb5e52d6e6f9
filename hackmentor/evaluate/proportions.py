"""Shares with their intervals, and the difference of two shares over the same items. Needs no torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

from scipy.stats import binomtest


@dataclass(frozen=True)
class Rate:
    """`count` of `n`, with Wilson's 95 % interval (JASA 22, 1927)."""

    count: int
    n: int
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Change:
    """How much higher (or lower: negative) a share is than the base's on the same `n` items.

    `gained` items count for the contestant only, `lost` for the base only. `low` and `high` are Newcombe's 95 %
    interval for paired shares (Statistics in Medicine 17, 1998, method 10), `p` is McNemar's exact test, two-sided,
    for those who correct for many comparisons.
    """

    value: float
    low: float
    high: float
    gained: int
    lost: int
    n: int
    p: float

    @property
    def shown(self) -> bool:
        """Whether the interval leaves no room for zero."""
        return self.low > 0 or self.high < 0


def rate_of(hits: Sequence[bool]) -> Rate:
    """The share of hits. Raises ValueError where there is nothing to count."""
    if not hits:
        raise ValueError("nothing to count")
    count, n = sum(hits), len(hits)
    interval = binomtest(count, n).proportion_ci(method="wilson")
    return Rate(count, n, count / n, float(interval.low), float(interval.high))


def paired_change(own: Mapping[str, bool], base: Mapping[str, bool]) -> Change:
    """The change from the base over the same items.

    Args:
        own: for each id whether it counts for the contestant.
        base: the same for its base.

    Raises:
        ValueError: if the two do not hold the same ids, or none.
    """
    if own.keys() != base.keys():
        raise ValueError("the two contestants were asked different items")
    both = sum(own[name] and base[name] for name in own)
    gained = sum(own[name] and not base[name] for name in own)
    lost = sum(base[name] and not own[name] for name in own)
    neither = len(own) - both - gained - lost
    low, high = _newcombe(rate_of(list(own.values())), rate_of(list(base.values())), both, gained, lost, neither)
    p = float(binomtest(gained, gained + lost).pvalue) if gained + lost else 1.0
    return Change((gained - lost) / len(own), low, high, gained, lost, len(own), p)


def _newcombe(own: Rate, base: Rate, both: int, gained: int, lost: int, neither: int) -> tuple[float, float]:
    """Wilson's limits of the two shares, put together with the correlation of the items (corrected for continuity)."""
    margins = (both + gained) * (lost + neither) * (both + lost) * (gained + neither)
    product: float = both * neither - gained * lost
    if product > 0:
        product = max(product - own.n / 2, 0)
    correlation = product / sqrt(margins) if margins else 0.0
    value = own.value - base.value
    return (
        max(-1.0, value - _spread(own.value - own.low, base.high - base.value, correlation)),
        min(1.0, value + _spread(own.high - own.value, base.value - base.low, correlation)),
    )


def _spread(one: float, other: float, correlation: float) -> float:
    return sqrt(max(0.0, one**2 + other**2 - 2 * correlation * one * other))
