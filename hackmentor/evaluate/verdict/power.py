"""What an evaluation can show, before it is run: the smallest difference, and what a wanted one takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, sqrt

import numpy as np
from scipy.stats import binom, nct, norm, t

from hackmentor.evaluate.verdict.paired_test import SIGNIFICANCE_LEVEL

POWER = 0.8
# Items or seeds beyond these are not told: nobody has them.
MAX_ITEMS, MAX_SEEDS = 200_000, 30
# The binomial outcomes that are left out on either side have this probability.
_TAIL = 1e-9
_BISECTIONS = 40


@dataclass(frozen=True)
class PowerAssumptions:
    """What is taken for granted of differences that nobody has measured yet.

    Attributes:
        disagreement: the share of items that the cell and its base answer differently (0 to 1); it is never taken for
            smaller than the difference itself.
        cluster_correlation: how alike the differences of two items of one cluster are (0 to 1).
        seed_deviation: the standard deviation between runs that differ by seed.
        seeds: how many runs each configuration has.
        comparisons: over how many comparisons p-values are adjusted; counted in full, as Holm's method does for the
            smallest p.
    """

    disagreement: float = 0.2
    cluster_correlation: float = 0.1
    seed_deviation: float = 0.01
    seeds: int = 1
    comparisons: int = 1

    @property
    def level(self) -> float:
        """The level of one test."""
        return SIGNIFICANCE_LEVEL / self.comparisons


def count_effective_items(cluster_sizes: Sequence[int], correlation: float) -> int:
    """As how many independent items those count that come in clusters, rounded down.

    Items over 1 + (m - 1) * correlation, where m is the mean cluster size that an item sees (Kish 1965).
    """
    sizes = np.asarray(cluster_sizes, dtype=np.float64)
    seen = float((sizes**2).sum() / sizes.sum())
    return max(1, int(sizes.sum() / (1 + (seen - 1) * correlation)))


def compute_power(difference: float, items: int, assumed: PowerAssumptions) -> float:
    """The probability that a true difference of two shares, over so many independent items, is shown.

    Of one run it is that of McNemar's exact test, whose differing items are binomial (Connor, Biometrics 43, 1987, with
    the exact binomial in place of his approximation); of several that of Student's test over seeds and items, in which
    runs are taken to answer the same items differently from their base.
    """
    disagreement = min(1.0, max(assumed.disagreement, difference))
    if assumed.seeds > 1:
        return _compute_power_over_seeds(difference, items, disagreement, assumed)
    low, high = binom.ppf(_TAIL, items, disagreement), binom.isf(_TAIL, items, disagreement)
    differing = np.arange(max(1, low), high + 1)
    # The fewest of them on one side that are shown: 2 P(B >= needed) < level, as the exact test has it.
    needed = binom.isf(assumed.level / 2, differing, 0.5) + 1
    needed += 2 * binom.sf(needed - 1, differing, 0.5) >= assumed.level
    share = min(1.0, (disagreement + difference) / (2 * disagreement))
    shown = binom.sf(needed - 1, differing, share) + binom.sf(needed - 1, differing, 1 - share)
    return float(binom.pmf(differing, items, disagreement) @ np.minimum(1.0, shown))


def _compute_power_over_seeds(difference: float, items: int, disagreement: float, assumed: PowerAssumptions) -> float:
    of_items, of_seeds = (disagreement - difference**2) / items, assumed.seed_deviation**2 / assumed.seeds
    error = sqrt(max(of_items + of_seeds, 1e-12))
    squares = of_items**2 / max(1, items - 1) + of_seeds**2 / (assumed.seeds - 1)
    freedom = (of_items + of_seeds) ** 2 / squares if squares else float(items)
    needed = float(t.ppf(1 - assumed.level / 2, freedom))
    return float(nct.sf(needed, freedom, difference / error))


def find_smallest_difference(items: int, assumed: PowerAssumptions) -> float | None:
    """The smallest true difference of two shares that is shown with 80 % probability; None if not even 1 is."""
    if compute_power(1.0, items, assumed) < POWER:
        return None
    low, high = 0.0, 1.0
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        low, high = (low, middle) if compute_power(middle, items, assumed) >= POWER else (middle, high)
    return high


def find_smallest_effect(units: int, assumed: PowerAssumptions) -> float | None:
    """The same of other scores, such as losses, in standard deviations of the items' differences, of one run."""
    if units < 2:
        return None
    needed = float(t.ppf(1 - assumed.level / 2, units - 1))
    return _find_threshold(lambda effect: float(nct.sf(needed, units - 1, effect * sqrt(units))) >= POWER)


def _find_threshold(is_enough: Callable[[float], bool]) -> float | None:
    low, high = 0.0, 100.0
    if not is_enough(high):
        return None
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        low, high = (low, middle) if is_enough(middle) else (middle, high)
    return high


def find_needed_items(difference: float, assumed: PowerAssumptions) -> int | None:
    """The fewest independent items that show a difference with 80 % power; None if more than `MAX_ITEMS`.

    To about one per cent: the exact test's power goes up and down a little from one number of items to the next.
    """
    disagreement = max(assumed.disagreement, difference)
    guess = (norm.ppf(1 - assumed.level / 2) + norm.ppf(POWER)) ** 2 * disagreement / difference**2
    items = max(2, int(guess / 2))
    while items <= MAX_ITEMS:
        if compute_power(difference, items, assumed) >= POWER:
            return items
        items = max(items + 1, ceil(items * 1.01))
    return None


def find_items_for_margin(margin: float, assumed: PowerAssumptions) -> int:
    """The independent items that show "not worse by the margin" with 80 % power where there is no difference.

    By the normal approximation, as for two one-sided tests of paired shares: disagreement (z + z')^2 / margin^2.
    """
    quantiles = norm.ppf(1 - assumed.level) + norm.ppf(POWER)
    return ceil(assumed.disagreement * float(quantiles) ** 2 / margin**2)


def find_needed_seeds(difference: float, items: int, assumed: PowerAssumptions) -> int | None:
    """The fewest runs that show a difference of configurations with 80 % power over these items; None if none do."""
    for seeds in range(2, MAX_SEEDS + 1):
        with_seeds = PowerAssumptions(
            assumed.disagreement, assumed.cluster_correlation, assumed.seed_deviation, seeds, assumed.comparisons
        )
        if compute_power(difference, items, with_seeds) >= POWER:
            return seeds
    return None
