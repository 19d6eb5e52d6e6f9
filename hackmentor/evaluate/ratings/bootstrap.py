"""Resampled tables of outcomes: what other battles of the same kind could have given (Efron, 1979).

Battles on one question are not independent: a question that suits a model suits it in all of its battles, and a pair
judged twice with sides swapped is one observation rather than two. Where the file names questions, whole questions are
drawn (the cluster bootstrap: Davison and Hinkley, Bootstrap Methods and their Application, 1997, section 3.8);
where it does not, single battles are.

Questions with the same outcomes are interchangeable, so what is drawn is how often each kind of question occurs: a
multinomial over distinct kinds, exactly equal to drawing questions one by one, and as a rule far cheaper.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from hackmentor.evaluate.ratings.battles import FIRST_WON, SECOND_WON, Battles, Floats, Integers, Pairs


@dataclass(frozen=True, eq=False)
class Population:
    """What is drawn from: u distinct kinds of questions.

    Attributes:
        share: (u,) how often each kind is drawn, of all draws.
        cells: the outcomes (as in `Pairs.cell`) of all kinds, one kind after the other.
        kind: for each of `cells` the kind it belongs to.
        draws: how many questions make one resample.
    """

    share: Floats
    cells: Integers
    kind: Integers
    draws: int


def population(battles: Battles, pairs: Pairs, *, smooth: bool) -> Population:
    """Gathers the questions of a file by what happened in them, whatever the order of its rows.

    Args:
        battles: the battles.
        pairs: the same battles without their order of sides.
        smooth: add the half wins of `bradley_terry.with_prior` to what is drawn from. Five wins of five, resampled,
            are always five wins of five, and would come with an interval of no width. Added in any case where all
            questions are of one kind.
    """
    order = np.lexsort((pairs.cell, battles.question))
    starts = np.flatnonzero(np.diff(battles.question[order], prepend=-1))
    cells = pairs.cell[order].astype(np.int64).tobytes()
    bounds = [*(starts * np.dtype(np.int64).itemsize).tolist(), len(cells)]
    kinds: Counter[bytes] = Counter(cells[start:end] for start, end in pairwise(bounds))
    weights = dict[bytes, float](kinds)
    if smooth or len(kinds) == 1:
        for cell in np.add.outer(3 * np.arange(len(pairs)), [SECOND_WON, FIRST_WON]).ravel():
            weights[cell.tobytes()] = weights.get(cell.tobytes(), 0.0) + 0.5
    share = np.array([weights[kind] for kind in sorted(weights)])
    parts = [np.frombuffer(kind, dtype=np.int64) for kind in sorted(weights)]
    kind = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    return Population(share / share.sum(), np.concatenate(parts), kind, len(starts))


def resamples(source: Population, pairs: int, *, rounds: int, at_once: int, seed: int) -> Iterator[Floats]:
    """Yields stacks, (up to at_once, pairs, 3), of resampled counts until there are `rounds` of them."""
    generator = np.random.default_rng(seed)
    for begin in range(0, rounds, at_once):
        stack = np.empty((min(at_once, rounds - begin), 3 * pairs))
        for row in stack:
            # As floats already here: bincount would convert them outcome by outcome.
            drawn = generator.multinomial(source.draws, source.share).astype(np.float64)
            row[:] = np.bincount(source.cells, weights=drawn[source.kind], minlength=3 * pairs)
        yield stack.reshape(len(stack), pairs, 3)
