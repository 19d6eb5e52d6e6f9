"""Battles as arrays of numbers, and tables of their outcomes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

# The outcome of a battle for the model shown first (model_a), in half points.
SECOND_WON, TIE, FIRST_WON = 0, 1, 2


@dataclass(frozen=True, eq=False)
class Battles:
    """n battles in the order of their file.

    Attributes:
        models: the names, sorted; the arrays hold indices into them.
        first: (n,) the model whose answer was shown first (model_a).
        second: (n,) the other model (model_b).
        outcome: (n,) SECOND_WON, TIE or FIRST_WON.
        question: (n,) a number for each question; a battle that names no question has a number of its own.
        cluster: (n,) the number of what is resampled as one: battles that are not independent of each other have the
            same. It is that of the question where the file names no clusters.
        category: (n,) indices into `categories`, -1 where a battle names none.
        categories: the names, sorted.
        without_question: how many battles name no question.
        length_difference: (n,) how much longer the first answer is, (a - b) / (a + b), from -1 to 1; NaN if not known.
        has_clusters: whether any battle names its cluster.
    """

    models: tuple[str, ...]
    first: Integers
    second: Integers
    outcome: Integers
    question: Integers
    cluster: Integers
    category: Integers
    categories: tuple[str, ...]
    without_question: int
    length_difference: Floats
    has_clusters: bool = False

    def __len__(self) -> int:
        return len(self.outcome)

    @property
    def has_questions(self) -> bool:
        """Whether any battle names its question."""
        return self.without_question < len(self)

    def select_category(self, category: int) -> Battles:
        """The battles of one category, with only the models that took part in them."""
        selected = np.flatnonzero(self.category == category)
        present, members = np.unique(np.stack([self.first[selected], self.second[selected]]), return_inverse=True)
        first, second = members.reshape(2, -1)
        names = tuple(self.models[index] for index in present)
        anonymous = int((self.question[selected] < self.without_question).sum())
        return Battles(
            names,
            first,
            second,
            self.outcome[selected],
            self.question[selected],
            self.cluster[selected],
            self.category[selected],
            self.categories,
            anonymous,
            self.length_difference[selected],
            self.has_clusters,
        )


@dataclass(frozen=True, eq=False)
class PairOutcomes:
    """The battles regardless of sides: for each pair of models, which of the two won.

    Attributes:
        low: (p,) the model of the lower index in each of the p pairs that met.
        high: (p,) the other one.
        pair_outcome: (n,) for each battle 3 * pair + the outcome for `low` in half points.
    """

    low: Integers
    high: Integers
    pair_outcome: Integers

    def __len__(self) -> int:
        return len(self.low)

    def count_outcomes(self) -> Integers:
        """(p, 3): how often `low` lost, tied and won."""
        return np.bincount(self.pair_outcome, minlength=3 * len(self)).reshape(-1, 3)


def fold_pairs(battles: Battles) -> PairOutcomes:
    """The outcome of each battle as its pair of models sees it, whichever was shown first."""
    low, high = np.minimum(battles.first, battles.second), np.maximum(battles.first, battles.second)
    gained = np.where(battles.first == low, battles.outcome, FIRST_WON - battles.outcome)
    met, pair = np.unique(low * len(battles.models) + high, return_inverse=True)
    return PairOutcomes(met // len(battles.models), met % len(battles.models), 3 * pair + gained)


def build_win_matrix(pairs: PairOutcomes, counts: Floats | Integers, model_count: int) -> Floats:
    """(..., m, m): the points of the row's model from the column's; a tie is half a point to each.

    Args:
        pairs: which pairs met.
        counts: (..., p, 3) how often the lower model of each pair lost, tied and won.
        model_count: m, the number of models.
    """
    wins = np.zeros((*counts.shape[:-2], model_count, model_count))
    wins[..., pairs.low, pairs.high] = counts[..., FIRST_WON] + counts[..., TIE] / 2
    wins[..., pairs.high, pairs.low] = counts[..., SECOND_WON] + counts[..., TIE] / 2
    return wins
