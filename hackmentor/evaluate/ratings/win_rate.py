"""Wins, ties and losses of a model, and the score that they make."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np

from hackmentor.evaluate.ratings.battles import FIRST_WON, Battles, Integers

# The 97.5 % point of the normal distribution.
Z_975 = 1.959963984540054


@dataclass(frozen=True)
class WinRate:
    """Outcomes of one side, and score = (wins + ties / 2) / battles with its 95 % interval, None without battles."""

    wins: int
    ties: int
    losses: int
    score: float | None
    low: float | None
    high: float | None


def compute_win_rate(outcome: Integers, question: Integers) -> WinRate:
    """Counts outcomes, and computes the score with its interval.

    The interval is Wilson's (JASA 22, 1927) at the effective number of battles, score (1 - score) / variance of the
    score, as Kott and Carr (J. Official Statistics 13, 1997) use it for clustered samples. The variance is that over
    whole questions, sum over questions of (points - battles * score)^2 / n^2 * q / (q - 1). Unlike a bootstrap
    interval it has a width where every battle was won. Where each question has one battle, and never above it, the
    effective number is that of the battles; ties then make the interval a little too wide, not too narrow.

    Args:
        outcome: (n,) 0, 1 or 2: loss, tie or win, in half points.
        question: (n,) the number of the question, or of its cluster; battles on one are not independent.
    """
    losses, ties, wins = (int(count) for count in np.bincount(outcome, minlength=3))
    battles = wins + ties + losses
    if not battles:
        return WinRate(0, 0, 0, None, None, None)
    score = (wins + ties / 2) / battles
    low, high = _wilson_interval(score, _effective_battles(outcome, question, score))
    return WinRate(wins, ties, losses, score, low, high)


def _effective_battles(outcome: Integers, question: Integers, score: float) -> float:
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


def _wilson_interval(score: float, battles: float) -> tuple[float, float]:
    shrink = 1 + Z_975**2 / battles
    centre = (score + Z_975**2 / (2 * battles)) / shrink
    half = Z_975 * sqrt(score * (1 - score) / battles + Z_975**2 / (4 * battles**2)) / shrink
    # At the ends the formula gives the end, but for rounding.
    return (centre - half if score > 0 else 0.0), (centre + half if score < 1 else 1.0)


def compute_win_rates(battles: Battles, reference: str | None) -> dict[str, WinRate]:
    """The win rate of each model against the reference, or over all of its battles if none is given.

    A model that never met the reference has no score; the reference is left out.
    """
    return {
        model: _model_win_rate(battles, index, reference)
        for index, model in enumerate(battles.models)
        if model != reference
    }


def _model_win_rate(battles: Battles, model: int, reference: str | None) -> WinRate:
    as_first, as_second = battles.first == model, battles.second == model
    if reference is not None:
        opponent = battles.models.index(reference) if reference in battles.models else -1
        as_first, as_second = as_first & (battles.second == opponent), as_second & (battles.first == opponent)
    selected = np.flatnonzero(as_first | as_second)
    outcome = np.where(as_first, battles.outcome, FIRST_WON - battles.outcome)
    return compute_win_rate(outcome[selected], battles.cluster[selected])
