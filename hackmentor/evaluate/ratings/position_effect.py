"""The position effect: how many rating points it is worth to be shown first (model_a)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hackmentor.evaluate.ratings.battles import Battles, Flags, Floats
from hackmentor.evaluate.ratings.bradley_terry import POINTS_PER_NAT, add_prior, compute_derivatives, fit_bradley_terry
from hackmentor.evaluate.ratings.connectivity import (
    find_components,
    is_position_effect_identifiable,
    is_strongly_connected,
)
from hackmentor.evaluate.ratings.win_rate import Z_975, WinRate, compute_win_rate


@dataclass(frozen=True)
class PositionEffect:
    """The advantage of the first position.

    Attributes:
        elo: in rating points, adjusted for the strengths of the models; None if the battles don't determine it.
        low: the lower bound of its 95 % interval; None if there is a single question.
        high: the upper bound.
        first: the win rate of the side shown first, whichever model it was.
    """

    elo: float | None
    low: float | None
    high: float | None
    first: WinRate


def estimate_position_effect(battles: Battles) -> PositionEffect:
    """Estimates the position effect together with the strengths, by maximum likelihood (see `bradley_terry`).

    Its standard error is the sandwich over questions: the scores of all battles on a question are summed before they
    are squared, so that neither ties nor battles that belong together make it too small (Liang and Zeger, Biometrika
    73, 1986); the interval is normal.
    """
    first = compute_win_rate(battles.outcome, battles.cluster)
    points, counts = _build_position_tables(battles)
    if not is_position_effect_identifiable(points, counts - points):
        return PositionEffect(None, None, None, first)
    met = (counts + counts.T) > 0
    same_component = np.equal.outer(component := find_components(met), component)
    if not is_strongly_connected(points + (counts - points).T, same_component):
        points, counts = add_prior(points, counts, met)
    state = fit_bradley_terry(points, counts, same_component, with_position=True)
    effect, error = float(state[-1]), _standard_error(battles, state, points, counts, same_component)
    if error is None:
        return PositionEffect(effect * POINTS_PER_NAT, None, None, first)
    low, high = effect - Z_975 * error, effect + Z_975 * error
    return PositionEffect(effect * POINTS_PER_NAT, low * POINTS_PER_NAT, high * POINTS_PER_NAT, first)


def _build_position_tables(battles: Battles) -> tuple[Floats, Floats]:
    points, counts = np.zeros((2, len(battles.models), len(battles.models)))
    np.add.at(points, (battles.first, battles.second), battles.outcome / 2)
    np.add.at(counts, (battles.first, battles.second), 1)
    return points, counts


def _standard_error(
    battles: Battles, state: Floats, points: Floats, counts: Floats, same_component: Flags
) -> float | None:
    _, question = np.unique(battles.cluster, return_inverse=True)
    questions = int(question.max()) + 1
    if questions == 1:
        return None
    _, curvature = compute_derivatives(state, points, counts, same_component)
    direction = np.linalg.solve(curvature, np.eye(len(state))[-1])
    margin = state[battles.first] - state[battles.second] + state[-1]
    residual = battles.outcome / 2 - 1 / (1 + np.exp(-margin))
    influence = residual * (direction[battles.first] - direction[battles.second] + direction[-1])
    sums = np.bincount(question, weights=influence)
    return float(np.sqrt(sums @ sums * questions / (questions - 1)))
