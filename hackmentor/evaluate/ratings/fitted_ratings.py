"""Bradley-Terry ratings of battles, with bootstrap intervals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from hackmentor.evaluate.ratings.battles import (
    Battles,
    Flags,
    Floats,
    Integers,
    PairOutcomes,
    build_win_matrix,
    fold_pairs,
)
from hackmentor.evaluate.ratings.bootstrap import build_population, draw_resamples
from hackmentor.evaluate.ratings.bradley_terry import (
    add_prior,
    average_positions,
    fit_bradley_terry,
    predict_scores,
    strengths_to_ratings,
)
from hackmentor.evaluate.ratings.connectivity import find_components, is_strongly_connected

PERCENTILES = (2.5, 97.5)
# Numbers in one stack of matrices: what fits into processor caches and small machines.
STACK_ELEMENTS = 2_000_000


@dataclass(frozen=True, eq=False)
class FittedRatings:
    """The ratings of m models.

    Attributes:
        rating: (m,) with mean 1000 in each component.
        resampled: (rounds, m) the ratings of resampled battles.
        predicted_scores: (m, m) the predicted score of the row's model against the column's; NaN between components.
        component: (m,) a number for each set of models that battles link; ratings compare within one only.
        is_unbounded: whether the likelihood has no maximum at finite strengths, so that half wins were added.
    """

    rating: Floats
    resampled: Floats
    predicted_scores: Floats
    component: Integers
    is_unbounded: bool

    def compute_intervals(self) -> tuple[Floats, Floats]:
        """(m,) and (m,): the bounds of the 95 % percentile interval of each rating."""
        low, high = np.percentile(self.resampled, PERCENTILES, axis=0)
        return low, high

    def compute_difference(self, better: int, worse: int) -> tuple[float, float, float]:
        """The rating difference of two models with its 95 % percentile interval, in points."""
        low, high = np.percentile(self.resampled[:, better] - self.resampled[:, worse], PERCENTILES)
        return float(self.rating[better] - self.rating[worse]), float(low), float(high)


def fit_ratings(battles: Battles, *, rounds: int, seed: int) -> FittedRatings:
    """Fits the battles, and `rounds` resamples of them.

    Neither the models' sides nor the order of rows changes a digit of the result, intervals included.
    """
    pairs, model_count = fold_pairs(battles), len(battles.models)
    wins = build_win_matrix(pairs, pairs.count_outcomes(), model_count)
    met = (wins + wins.T) > 0
    component = find_components(met)
    same_component = component[:, None] == component
    is_unbounded = not is_strongly_connected(wins, same_component)
    population = build_population(battles, pairs, smooth=is_unbounded)
    stack_size = max(1, STACK_ELEMENTS // max(model_count**2, 3 * len(pairs)))
    stacks = draw_resamples(population, len(pairs), rounds=rounds, stack_size=stack_size, seed=seed)
    strengths = fit_with_fallback_prior(wins[None], met, same_component)[0]
    return FittedRatings(
        rating=strengths_to_ratings(strengths),
        resampled=strengths_to_ratings(np.concatenate(list(_fit_stacks(stacks, pairs, met, same_component)))),
        predicted_scores=np.where(same_component, predict_scores(strengths), np.nan),
        component=component,
        is_unbounded=is_unbounded,
    )


def _fit_stacks(stacks: Iterator[Floats], pairs: PairOutcomes, met: Flags, same_component: Flags) -> Iterator[Floats]:
    for counts in stacks:
        yield fit_with_fallback_prior(build_win_matrix(pairs, counts, len(met)), met, same_component)


def fit_with_fallback_prior(wins: Floats, met: Flags, same_component: Flags) -> Floats:
    """(r, m) strengths from (r, m, m) wins; half a win is added to each side only where there is no maximum.

    Args:
        wins: the points of the row's model from the column's.
        met: (m, m) which pairs met in the file, though perhaps not in this resample of it.
        same_component: (m, m) which models are of one component in the file.
    """
    points, counts = average_positions(wins)
    unbounded = ~is_strongly_connected(wins, same_component)
    points[unbounded], counts[unbounded] = add_prior(points[unbounded], counts[unbounded], met)
    return fit_bradley_terry(points, counts, same_component)
