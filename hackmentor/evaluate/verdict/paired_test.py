"""Two contestants on the same items: how far apart they are, and whether that is more than chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, t

Floats = NDArray[np.float64]
LEVEL = 0.05
# Up to here all sign patterns are tried, so the p-value is exact.
EXACT_ITEMS = 14
# All of fewer items may point one way, and the p-value is still above the level.
FEWEST_ITEMS = 6
FLIPS = 9999
ROUNDS = 2000


@dataclass(frozen=True)
class Difference:
    """Cell minus base: the mean over items, a 95 % interval, and the two-sided p-value of no difference."""

    value: float
    low: float
    high: float
    p: float
    items: int


def paired_difference(
    own: Sequence[float], base: Sequence[float], weights: Sequence[float], *, seed: int
) -> Difference:
    """The weighted mean difference over paired items.

    The interval is a percentile bootstrap over items (Efron 1979), widened where they are few (of a single one it has
    no width); the p-value is that of a sign-flip permutation test (Fisher 1935): without a difference each item's could
    as well have had the other sign.

    Args:
        own: for each item the summed figure of the cell, such as nats of a record, or 1 for a right answer.
        base: the same items of its base.
        weights: what an item counts, such as its tokens; the mean is sum(own) / sum(weights).
        seed: of resampling and flips.

    Raises:
        ValueError: if there are no items, or not the same number of each.
    """
    gaps = np.asarray(own, dtype=np.float64) - np.asarray(base, dtype=np.float64)
    sizes = np.asarray(weights, dtype=np.float64)
    if gaps.size == 0 or gaps.shape != sizes.shape:
        raise ValueError(f"{gaps.size} differences and {sizes.size} weights")
    random = np.random.default_rng(seed)
    drawn = random.integers(gaps.size, size=(ROUNDS, gaps.size))
    tail = _tail(gaps.size)
    low, high = np.quantile(gaps[drawn].sum(axis=1) / sizes[drawn].sum(axis=1), [tail, 1 - tail])
    return Difference(
        float(gaps.sum() / sizes.sum()), float(low), float(high), _sign_flip_p(gaps, random), int(gaps.size)
    )


def _tail(items: int) -> float:
    """The share of resamples outside each end: of few items the plain 2.5 % make an interval that is too narrow.

    The expanded percentile interval of Hesterberg (The American Statistician 69, 2015, section 5.3).
    """
    if items == 1:
        return 0.5
    return float(norm.cdf(-sqrt(items / (items - 1)) * t.ppf(1 - LEVEL / 2, items - 1)))


def _sign_flip_p(gaps: Floats, random: np.random.Generator) -> float:
    gaps = gaps[gaps != 0]
    if gaps.size == 0:
        return 1.0
    if exact := gaps.size <= EXACT_ITEMS:
        patterns = np.arange(2**gaps.size)[:, None] >> np.arange(gaps.size) & 1
        signs = 1.0 - 2.0 * patterns
    else:
        signs = random.choice((-1.0, 1.0), size=(FLIPS, gaps.size))
    # A sum that equals the observed one but for rounding counts as equal.
    slack = 1e-9 * np.abs(gaps).sum()
    extreme = int((np.abs(signs @ gaps) >= abs(gaps.sum()) - slack).sum())
    # The observed pattern is one of the drawn ones: without it p could be zero (Phipson & Smyth 2010).
    return extreme / len(signs) if exact else (extreme + 1) / (len(signs) + 1)


def holm(p_values: Sequence[float]) -> list[float]:
    """The p-values adjusted for their number (Holm 1979): each may be compared with the level as it is."""
    order = sorted(range(len(p_values)), key=lambda place: p_values[place])
    adjusted = [0.0] * len(p_values)
    highest = 0.0
    for rank, place in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = highest
    return adjusted
