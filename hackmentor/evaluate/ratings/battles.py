"""Battles as arrays of numbers, and what they add up to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

# What a battle gave to the model shown first (model_a), in half points.
SECOND_WON, TIE, FIRST_WON = 0, 1, 2


@dataclass(frozen=True, eq=False)
class Battles:
    """n battles in the order of their file.

    Attributes:
        models: the names, sorted; the arrays hold indices into them.
        first: (n,) who was model_a, the answer shown first.
        second: (n,) who was model_b.
        outcome: (n,) SECOND_WON, TIE or FIRST_WON.
        question: (n,) a number for each question; a battle that names no question has a number of its own.
        category: (n,) indices into `categories`, -1 where a battle names none.
        categories: the names, sorted.
        without_question: how many battles name no question.
    """

    models: tuple[str, ...]
    first: Integers
    second: Integers
    outcome: Integers
    question: Integers
    category: Integers
    categories: tuple[str, ...]
    without_question: int

    def __len__(self) -> int:
        return len(self.outcome)

    @property
    def by_question(self) -> bool:
        """Whether the file says which battles were fought on the same question."""
        return self.without_question < len(self)

    def of_category(self, category: int) -> Battles:
        """The battles of one category, among the models that fought in it."""
        chosen = np.flatnonzero(self.category == category)
        present, members = np.unique(np.stack([self.first[chosen], self.second[chosen]]), return_inverse=True)
        first, second = members.reshape(2, -1)
        names = tuple(self.models[index] for index in present)
        anonymous = int((self.question[chosen] < self.without_question).sum())
        return Battles(
            names,
            first,
            second,
            self.outcome[chosen],
            self.question[chosen],
            self.category[chosen],
            self.categories,
            anonymous,
        )


@dataclass(frozen=True, eq=False)
class Pairs:
    """The battles without their order of sides: which of two models won how often.

    Attributes:
        low: (p,) the model of the lower index in each of the p pairs that met.
        high: (p,) the other one.
        cell: (n,) for each battle 3 * pair + what `low` got in half points.
    """

    low: Integers
    high: Integers
    cell: Integers

    def __len__(self) -> int:
        return len(self.low)

    def counts(self) -> Integers:
        """(p, 3): how often `low` lost, tied and won."""
        return np.bincount(self.cell, minlength=3 * len(self)).reshape(-1, 3)


def pair_up(battles: Battles) -> Pairs:
    """Folds the two orders of each pair onto one."""
    low, high = np.minimum(battles.first, battles.second), np.maximum(battles.first, battles.second)
    gained = np.where(battles.first == low, battles.outcome, FIRST_WON - battles.outcome)
    met, pair = np.unique(low * len(battles.models) + high, return_inverse=True)
    return Pairs(met // len(battles.models), met % len(battles.models), 3 * pair + gained)


def win_matrix(pairs: Pairs, counts: Floats | Integers, models: int) -> Floats:
    """(..., models, models): the points of the row's model from the column's; a tie is half a point to each.

    Args:
        pairs: which pairs met.
        counts: (..., p, 3) how often the lower model of each pair lost, tied and won.
        models: how many there are.
    """
    wins = np.zeros((*counts.shape[:-2], models, models))
    wins[..., pairs.low, pairs.high] = counts[..., FIRST_WON] + counts[..., TIE] / 2
    wins[..., pairs.high, pairs.low] = counts[..., SECOND_WON] + counts[..., TIE] / 2
    return wins
