"""Bootstrap resamples of the outcomes: what other battles of the same kind could have given (Efron, 1979).

Battles on one question are not independent: a question that suits a model suits it in all of its battles, and a pair
judged twice with sides swapped is one observation rather than two. Where the file names questions, whole questions are
drawn (the cluster bootstrap: Davison and Hinkley, Bootstrap Methods and their Application, 1997, section 3.8), and
where it names clusters of questions, such as those about one catalogue entry, whole clusters; else single battles are.
"Question" below is whatever is drawn as one.

Questions with the same outcomes are interchangeable, so what is drawn is how often each kind of question occurs: a
multinomial over distinct kinds, exactly equal to drawing questions one by one, and usually far cheaper.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from hackmentor.evaluate.ratings.battles import FIRST_WON, SECOND_WON, Battles, Floats, Integers, PairOutcomes


@dataclass(frozen=True, eq=False)
class QuestionPopulation:
    """What resamples are drawn from: u distinct kinds of questions, by their outcomes.

    Attributes:
        probabilities: (u,) the probability of each kind in a draw.
        pair_outcomes: the outcomes (as in `PairOutcomes.pair_outcome`) of all kinds, one kind after the other.
        kind: for each of `pair_outcomes` the kind it belongs to.
        draws: the number of questions in a resample.
    """

    probabilities: Floats
    pair_outcomes: Integers
    kind: Integers
    draws: int


def build_population(battles: Battles, pairs: PairOutcomes, *, smooth: bool) -> QuestionPopulation:
    """Groups the questions of a file by their outcomes, independent of the order of rows.

    Args:
        battles: the battles.
        pairs: the same battles regardless of sides.
        smooth: add the half wins of `bradley_terry.add_prior` to the population. Five wins of five, resampled,
            are always five wins of five, with an interval of zero width. They are added in any case if all
            questions are of one kind.
    """
    order = np.lexsort((pairs.pair_outcome, battles.cluster))
    starts = np.flatnonzero(np.diff(battles.cluster[order], prepend=-1))
    outcomes = pairs.pair_outcome[order].astype(np.int64).tobytes()
    bounds = [*(starts * np.dtype(np.int64).itemsize).tolist(), len(outcomes)]
    kinds: Counter[bytes] = Counter(outcomes[start:end] for start, end in pairwise(bounds))
    weights = dict[bytes, float](kinds)
    if smooth or len(kinds) == 1:
        for half_win in np.add.outer(3 * np.arange(len(pairs)), [SECOND_WON, FIRST_WON]).ravel():
            weights[half_win.tobytes()] = weights.get(half_win.tobytes(), 0.0) + 0.5
    weight = np.array([weights[kind] for kind in sorted(weights)])
    parts = [np.frombuffer(kind, dtype=np.int64) for kind in sorted(weights)]
    kind = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    return QuestionPopulation(weight / weight.sum(), np.concatenate(parts), kind, len(starts))


def draw_resamples(
    population: QuestionPopulation, pair_count: int, *, rounds: int, stack_size: int, seed: int
) -> Iterator[Floats]:
    """Yields stacks of resampled counts, (up to stack_size, pair_count, 3), `rounds` resamples in all."""
    generator = np.random.default_rng(seed)
    for begin in range(0, rounds, stack_size):
        stack = np.empty((min(stack_size, rounds - begin), 3 * pair_count))
        for row in stack:
            # Converted to float here: bincount would convert them outcome by outcome.
            drawn = generator.multinomial(population.draws, population.probabilities).astype(np.float64)
            row[:] = np.bincount(population.pair_outcomes, weights=drawn[population.kind], minlength=3 * pair_count)
        yield stack.reshape(len(stack), pair_count, 3)
