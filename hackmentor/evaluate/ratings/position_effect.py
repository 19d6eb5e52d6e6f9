"""What it is worth to be model_a, the answer that is shown first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hackmentor.evaluate.ratings.battles import Battles, Flags, Floats
from hackmentor.evaluate.ratings.bradley_terry import POINTS_A_NAT, derivatives, fit, with_prior
from hackmentor.evaluate.ratings.connectivity import groups, position_determined, strongly_connected
from hackmentor.evaluate.ratings.win_rate import Tally, Z, tally


@dataclass(frozen=True)
class Position:
    """The advantage of the first position.

    Attributes:
        elo: in rating points, with the strength of the models taken out; None where the battles don't determine it.
        low: the lower bound of its 95 % interval; None where there is a single question.
        high: the upper bound.
        first: what the side shown first got, whoever sat there.
    """

    elo: float | None
    low: float | None
    high: float | None
    first: Tally


def position_effect(battles: Battles) -> Position:
    """Estimates the position effect beside the strengths, by maximum likelihood (see `bradley_terry`).

    Its standard error is the sandwich over questions: the scores of all battles on a question are summed before they
    are squared, so that neither ties nor battles that belong together make it too small (Liang and Zeger, Biometrika
    73, 1986); the interval is normal.
    """
    first = tally(battles.outcome, battles.question)
    points, counts = _tables(battles)
    if not position_determined(points, counts - points):
        return Position(None, None, None, first)
    met = (counts + counts.T) > 0
    together = np.equal.outer(group := groups(met), group)
    if not strongly_connected(points + (counts - points).T, together):
        points, counts = with_prior(points, counts, met)
    state = fit(points, counts, together, position=True)
    effect, error = float(state[-1]), _standard_error(battles, state, points, counts, together)
    if error is None:
        return Position(effect * POINTS_A_NAT, None, None, first)
    low, high = effect - Z * error, effect + Z * error
    return Position(effect * POINTS_A_NAT, low * POINTS_A_NAT, high * POINTS_A_NAT, first)


def _tables(battles: Battles) -> tuple[Floats, Floats]:
    points, counts = np.zeros((2, len(battles.models), len(battles.models)))
    np.add.at(points, (battles.first, battles.second), battles.outcome / 2)
    np.add.at(counts, (battles.first, battles.second), 1)
    return points, counts


def _standard_error(battles: Battles, state: Floats, points: Floats, counts: Floats, together: Flags) -> float | None:
    _, question = np.unique(battles.question, return_inverse=True)
    questions = int(question.max()) + 1
    if questions == 1:
        return None
    _, curvature = derivatives(state, points, counts, together)
    pull = np.linalg.solve(curvature, np.eye(len(state))[-1])
    margin = state[battles.first] - state[battles.second] + state[-1]
    surprise = battles.outcome / 2 - 1 / (1 + np.exp(-margin))
    influence = surprise * (pull[battles.first] - pull[battles.second] + pull[-1])
    sums = np.bincount(question, weights=influence)
    return float(np.sqrt(sums @ sums * questions / (questions - 1)))
