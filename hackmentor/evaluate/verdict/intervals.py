"""Intervals for a difference at any level, so that one computation gives bounds, and the test of a margin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, t

Floats = NDArray[np.float64]
LEVEL = 0.95
# A p-value of a margin is not told more exactly than this.
_SMALLEST_P = 1e-6
_BISECTIONS = 40


class Interval(Protocol):
    """The bounds of a difference, two-sided, at a level such as 0.95."""

    def compute_bounds(self, level: float) -> tuple[float, float]:
        """The lower and the upper bound."""


@dataclass(frozen=True)
class NewcombeInterval:
    """Newcombe's interval for paired proportions (Statistics in Medicine 17, 1998, method 10).

    Combines Wilson's limits of both proportions by the correlation of the items, corrected for continuity.

    Attributes:
        both: how many items count for both; a fraction where items count for less than one, as in clusters.
        gained: for the contestant only.
        lost: for its base only.
        neither: for none of the two.
    """

    both: float
    gained: float
    lost: float
    neither: float

    def compute_bounds(self, level: float) -> tuple[float, float]:
        """See `Interval`."""
        n, z = self.both + self.gained + self.lost + self.neither, float(norm.ppf((1 + level) / 2))
        own, base = (self.both + self.gained) / n, (self.both + self.lost) / n
        own_low, own_high = compute_wilson_bounds(own, n, z)
        base_low, base_high = compute_wilson_bounds(base, n, z)
        correlation = self._compute_correlation(n)
        return (
            max(-1.0, own - base - _combine_margins(own - own_low, base_high - base, correlation)),
            min(1.0, own - base + _combine_margins(own_high - own, base - base_low, correlation)),
        )

    def _compute_correlation(self, n: float) -> float:
        margins = (
            (self.both + self.gained) * (self.lost + self.neither)
            * (self.both + self.lost) * (self.gained + self.neither)
        )  # fmt: skip
        product = self.both * self.neither - self.gained * self.lost
        if product > 0:
            product = max(product - n / 2, 0)
        return product / sqrt(margins) if margins else 0.0


def compute_wilson_bounds(share: float, n: float, z: float) -> tuple[float, float]:
    """Wilson's interval for a proportion (JASA 22, 1927) of `n` items, which may be an effective number of them."""
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    margin = z / (1 + z**2 / n) * sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    # At the ends the formula gives the end, but for rounding.
    return (centre - margin if share > 0 else 0.0), (centre + margin if share < 1 else 1.0)


def _combine_margins(own: float, base: float, correlation: float) -> float:
    return sqrt(max(0.0, own**2 + base**2 - 2 * correlation * own * base))


@dataclass(frozen=True, eq=False)
class BootstrapInterval:
    """Percentiles of resampled differences (Efron 1979), farther out where what was resampled is few.

    The expanded percentiles are those of Hesterberg (The American Statistician 69, 2015, section 5.3); for a single
    unit the interval has no width.

    Attributes:
        resampled: (rounds,) the difference in each resample.
        units: how many independent units were resampled.
    """

    resampled: Floats
    units: int

    def compute_bounds(self, level: float) -> tuple[float, float]:
        """See `Interval`."""
        tail = self._expand_tail((1 - level) / 2)
        low, high = np.quantile(self.resampled, [tail, 1 - tail])
        return float(low), float(high)

    def _expand_tail(self, tail: float) -> float:
        if self.units == 1:
            return 0.5
        return float(norm.cdf(-sqrt(self.units / (self.units - 1)) * t.ppf(1 - tail, self.units - 1)))


@dataclass(frozen=True)
class StudentInterval:
    """Value and standard error, with Student's t at some degrees of freedom, which need not be whole."""

    value: float
    error: float
    freedom: float

    def compute_bounds(self, level: float) -> tuple[float, float]:
        """See `Interval`."""
        margin = float(t.ppf((1 + level) / 2, self.freedom)) * self.error
        return self.value - margin, self.value + margin


def compute_p_above(interval: Interval, margin: float) -> float:
    """The one-sided p-value of "the difference is not above `margin`": the level at which the bound just touches it.

    Duality of intervals and tests, as in Schuirmann's two one-sided tests (J. Pharmacokinetics and Biopharmaceutics 15,
    1987): p < 0.05 exactly if the lower bound of the 90 % interval is above the margin.
    """
    return _find_touching_tail(lambda level: interval.compute_bounds(level)[0] > margin)


def compute_p_below(interval: Interval, margin: float) -> float:
    """As `compute_p_above`, of "the difference is not below `margin`", by the upper bound."""
    return _find_touching_tail(lambda level: interval.compute_bounds(level)[1] < margin)


def _find_touching_tail(excludes: Callable[[float], bool]) -> float:
    """The smallest tail at which the interval still excludes; 0.5 stands for all that is larger."""
    low, high = _SMALLEST_P, 0.5
    if excludes(1 - 2 * low):
        return low
    if not excludes(0.0):
        return high
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        low, high = (low, middle) if excludes(1 - 2 * middle) else (middle, high)
    return high
