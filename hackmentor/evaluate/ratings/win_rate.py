"""Wins, ties and losses, always together, and the score they make."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np

from hackmentor.evaluate.ratings.battles import FIRST_WON, Battles, Integers

# The 97.5 % point of the normal distribution.
Z = 1.959963984540054


@dataclass(frozen=True)
class Tally:
    """What one side got: score = (wins + ties / 2) / battles with a 95 % interval; None where there was no battle."""

    wins: int
    ties: int
    losses: int
    score: float | None
    low: float | None
    high: float | None


def tally(outcome: Integers, question: Integers) -> Tally:
    """Counts outcomes in half points.

    The interval is Wilson's (JASA 22, 1927) at the effective number of battles, score (1 - score) / variance of the
    score, as Kott and Carr (J. Official Statistics 13, 1997) use it for clustered samples. The variance is that over
    whole questions, sum over questions of (points - battles * score)^2 / n^2 * q / (q - 1). Unlike a bootstrap
    interval it has a width where every battle was won. Where each question has one battle, and never above it, the
    effective number is that of the battles; ties then make the interval a little too wide, not too narrow.

    Args:
        outcome: (n,) 0, 1 or 2.
        question: (n,) which battles belong together.
    """
    losses, ties, wins = (int(count) for count in np.bincount(outcome, minlength=3))
    battles = wins + ties + losses
    if not battles:
        return Tally(0, 0, 0, None, None, None)
    score = (wins + ties / 2) / battles
    low, high = _wilson(score, _effective(outcome, question, score))
    return Tally(wins, ties, losses, score, low, high)


def _effective(outcome: Integers, question: Integers, score: float) -> float:
    battles = len(outcome)
    _, cluster, sizes = np.unique(question, return_inverse=True, return_counts=True)
    questions = len(sizes)
    if questions in (1, battles):
        return questions
    # In this order, so that the sum is the same to the last digit however the rows are shuffled.
    sums = np.sort(np.bincount(cluster, weights=outcome) / 2 - sizes * score)
    variance = float(sums @ sums) / battles**2 * questions / (questions - 1)
    # Without variance nothing is known of how alike the battles on a question are: then count questions.
    return min(battles, score * (1 - score) / variance) if variance > 0 else questions


def _wilson(score: float, battles: float) -> tuple[float, float]:
    shrink = 1 + Z**2 / battles
    centre = (score + Z**2 / (2 * battles)) / shrink
    half = Z * sqrt(score * (1 - score) / battles + Z**2 / (4 * battles**2)) / shrink
    # At the ends the formula gives the end, but for rounding.
    return (centre - half if score > 0 else 0.0), (centre + half if score < 1 else 1.0)


def win_rates(battles: Battles, reference: str | None) -> dict[str, Tally]:
    """The tally of each model against the reference, or over all of its battles where none is named.

    A model that never met the reference has a tally without a score; the reference has none against itself.
    """
    return {model: _of(battles, index, reference) for index, model in enumerate(battles.models) if model != reference}


def _of(battles: Battles, model: int, reference: str | None) -> Tally:
    as_first, as_second = battles.first == model, battles.second == model
    if reference is not None:
        other = battles.models.index(reference) if reference in battles.models else -1
        as_first, as_second = as_first & (battles.second == other), as_second & (battles.first == other)
    chosen = np.flatnonzero(as_first | as_second)
    outcome = np.where(as_first, battles.outcome, FIRST_WON - battles.outcome)
    return tally(outcome[chosen], battles.question[chosen])
