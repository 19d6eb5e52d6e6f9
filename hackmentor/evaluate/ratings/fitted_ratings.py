"""Bradley-Terry ratings of a set of battles with their intervals, and what must be said about them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from hackmentor.evaluate.ratings.battles import Battles, Flags, Floats, Integers, Pairs, pair_up, win_matrix
from hackmentor.evaluate.ratings.bootstrap import population, resamples
from hackmentor.evaluate.ratings.bradley_terry import fit, folded, predicted, to_ratings, with_prior
from hackmentor.evaluate.ratings.connectivity import groups, strongly_connected

PERCENTILES = (2.5, 97.5)
# Numbers in one stack of matrices: what the processor's cache and small machines bear.
STACK = 2_000_000


@dataclass(frozen=True, eq=False)
class Strengths:
    """How good each of m models is.

    Attributes:
        rating: (m,) mean 1000 in each group.
        drawn: (rounds, m) the ratings of resampled battles.
        chance: (m, m) the predicted score of the row's model against the column's; NaN between groups.
        group: (m,) a number for each set of models that battles link; ratings compare within one only.
        infinite: whether no finite strengths are most likely, so that half wins were added.
    """

    rating: Floats
    drawn: Floats
    chance: Floats
    group: Integers
    infinite: bool

    def interval(self) -> tuple[Floats, Floats]:
        """(m,) and (m,): the bounds of the 95 % percentile interval of each rating."""
        low, high = np.percentile(self.drawn, PERCENTILES, axis=0)
        return low, high

    def difference(self, better: int, worse: int) -> tuple[float, float, float]:
        """How many points one model is ahead of another, and the 95 % percentile interval of that."""
        low, high = np.percentile(self.drawn[:, better] - self.drawn[:, worse], PERCENTILES)
        return float(self.rating[better] - self.rating[worse]), float(low), float(high)


def strengths(battles: Battles, *, rounds: int, seed: int) -> Strengths:
    """Fits the battles, and `rounds` resamples of them.

    The sides on which models sat play no part, nor does the order of rows: neither changes a digit, interval included.
    """
    pairs, models = pair_up(battles), len(battles.models)
    wins = win_matrix(pairs, pairs.counts(), models)
    met = (wins + wins.T) > 0
    group = groups(met)
    together = group[:, None] == group
    infinite = not strongly_connected(wins, together)
    source = population(battles, pairs, smooth=infinite)
    at_once = max(1, STACK // max(models**2, 3 * len(pairs)))
    stacks = resamples(source, len(pairs), rounds=rounds, at_once=at_once, seed=seed)
    fitted = fit_finite(wins[None], met, together)[0]
    return Strengths(
        rating=to_ratings(fitted),
        drawn=to_ratings(np.concatenate(list(_fits(stacks, pairs, met, together)))),
        chance=np.where(together, predicted(fitted), np.nan),
        group=group,
        infinite=infinite,
    )


def _fits(stacks: Iterator[Floats], pairs: Pairs, met: Flags, together: Flags) -> Iterator[Floats]:
    for counts in stacks:
        yield fit_finite(win_matrix(pairs, counts, len(met)), met, together)


def fit_finite(wins: Floats, met: Flags, together: Flags) -> Floats:
    """(r, m) strengths from (r, m, m) wins; half a win is added to each side of a pair only where there is no maximum.

    Args:
        wins: the points of the row's model from the column's.
        met: (m, m) which pairs met in the file, if not in this resample of it.
        together: (m, m) which models are of one group in the file.
    """
    points, counts = folded(wins)
    open_ended = ~strongly_connected(wins, together)
    points[open_ended], counts[open_ended] = with_prior(points[open_ended], counts[open_ended], met)
    return fit(points, counts, together)
