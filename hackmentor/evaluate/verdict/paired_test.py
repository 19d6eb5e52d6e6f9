"""The difference of two contestants on the same items, and whether it is significant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from hackmentor.evaluate.verdict.intervals import LEVEL, BootstrapInterval, Floats, Interval

Integers = NDArray[np.int64]

SIGNIFICANCE_LEVEL = 0.05
# Up to this number of items all sign patterns are tried, so the p-value is exact.
MAX_EXACT_ITEMS = 14
# With fewer items the p-value is above the level even if all of them point one way.
MIN_ITEMS = 6
PERMUTATIONS = 9999
# Whole numbers up to this sum, counted in halves, have an exact p-value however many they are.
MAX_EXACT_SUM = 20_000
BOOTSTRAP_ROUNDS = 2000


@dataclass(frozen=True)
class PairedDifference:
    """Cell minus base: the mean over items, its 95 % interval, and the two-sided p-value of no difference.

    `interval` has the bounds at any other level; `clusters` is how many independent units the items come in.
    """

    value: float
    low: float
    high: float
    p: float
    items: int
    clusters: int
    interval: Interval = field(compare=False, repr=False)


def compare_paired_means(
    own: Sequence[float], base: Sequence[float], weights: Sequence[float], *, seed: int
) -> PairedDifference:
    """The weighted mean difference over paired items.

    The interval is a percentile bootstrap over items (Efron 1979), widened if they are few (for a single one it has
    no width); the p-value is that of a sign-flip permutation test (Fisher 1935): if there is no difference, each item's
    sign is as likely to be the other one. An item stands for all of its cluster where items come in clusters.

    Args:
        own: for each item the cell's summed value, such as the nats of a record, or 1 for a right answer.
        base: the same for its base.
        weights: the weight of each item, such as its tokens; the mean is sum(own) / sum(weights).
        seed: of the resamples and sign flips.

    Raises:
        ValueError: if there are no items, or not the same number of each.
    """
    differences = np.asarray(own, dtype=np.float64) - np.asarray(base, dtype=np.float64)
    sizes = np.asarray(weights, dtype=np.float64)
    if differences.size == 0 or differences.shape != sizes.shape:
        raise ValueError(f"{differences.size} differences and {sizes.size} weights")
    generator = np.random.default_rng(seed)
    drawn = generator.integers(differences.size, size=(BOOTSTRAP_ROUNDS, differences.size))
    resampled = differences[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)
    interval = BootstrapInterval(resampled, differences.size)
    return PairedDifference(
        float(differences.sum() / sizes.sum()),
        *interval.compute_bounds(LEVEL),
        compute_sign_flip_p(differences, generator),
        int(differences.size),
        int(differences.size),
        interval,
    )


def compute_sign_flip_p(differences: Floats, generator: np.random.Generator) -> float:
    """The two-sided p-value of the hypothesis that each difference, of an item or a cluster, may have either sign."""
    differences = differences[differences != 0]
    if differences.size == 0:
        return 1.0
    halves = 2 * differences
    if np.abs(halves).sum() <= MAX_EXACT_SUM and np.array_equal(halves, np.rint(halves)):
        return _compute_exact_p(np.abs(halves).astype(np.int64), abs(int(halves.sum())))
    if exact := differences.size <= MAX_EXACT_ITEMS:
        patterns = np.arange(2**differences.size)[:, None] >> np.arange(differences.size) & 1
        signs = 1.0 - 2.0 * patterns
    else:
        signs = generator.choice((-1.0, 1.0), size=(PERMUTATIONS, differences.size))
    # A sum that equals the observed one but for rounding counts as equal.
    slack = 1e-9 * np.abs(differences).sum()
    extreme = int((np.abs(signs @ differences) >= abs(differences.sum()) - slack).sum())
    # The observed pattern counts as one of those drawn: otherwise p could be zero (Phipson & Smyth 2010).
    return extreme / len(signs) if exact else (extreme + 1) / (len(signs) + 1)


def _compute_exact_p(sizes: Integers, observed: int) -> float:
    """The exact p-value for whole numbers: the distribution of their sum under random signs, by convolution.

    Args:
        sizes: (n,) the differences without their signs.
        observed: their sum with the signs that they have, without its own.
    """
    probabilities = np.ones(1)
    for size, count in zip(*np.unique(sizes, return_counts=True), strict=True):
        positive = np.zeros(size * count + 1)
        positive[::size] = binom.pmf(np.arange(count + 1), count, 0.5)
        probabilities = np.convolve(probabilities, positive)
    sums = 2 * np.arange(probabilities.size) - sizes.sum()
    return min(1.0, float(probabilities[np.abs(sums) >= observed].sum()))


def adjust_holm(p_values: Sequence[float]) -> list[float]:
    """Adjusts p-values for multiple comparisons (Holm 1979): each can be compared with the level directly."""
    order = sorted(range(len(p_values)), key=lambda index: p_values[index])
    adjusted = [0.0] * len(p_values)
    highest = 0.0
    for rank, index in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = highest
    return adjusted
