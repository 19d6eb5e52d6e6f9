"""The Bradley-Terry model, by maximum likelihood, for many tables of battles at once.

The chance that i beats j is 1 / (1 + exp(-(s_i - s_j))) (Bradley and Terry, Biometrika 39, 1952); a tie counts as half
a win for each side. With a position effect g it is 1 / (1 + exp(-(s_i - s_j + g))) where i was shown first, like the
home advantage of Agresti (Categorical Data Analysis, on paired preferences). A rating is 1000 + 400 s / ln 10, with s
of mean 0: 400 points are odds of ten to one.
"""

from __future__ import annotations

from math import log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hackmentor.evaluate.ratings.battles import Flags, Floats

POINTS_PER_NAT = 400 / log(10)
MEAN_RATING = 1000.0
# Newton's error after a step is about the square of the step.
STEP_TOLERANCE = 1e-8
MAX_STEPS = 200
MAX_HALVINGS = 40


def add_prior(points: Floats, counts: Floats, met: Flags) -> tuple[Floats, Floats]:
    """Adds half a win to either side of each pair that met, as Anscombe (Biometrika 43, 1956) did for log odds.

    Used where the likelihood has no maximum: the strength of a model that won everything would grow without bound.
    Takes and returns `points` and `counts` of `fit_bradley_terry`.
    """
    return points + met / 4, counts + met / 2


def average_positions(wins: Floats) -> tuple[Floats, Floats]:
    """Turns (..., m, m) wins into `points` and `counts` of `fit_bradley_terry`, each battle half in either order.

    So the same battles with their sides swapped give the same numbers, bit by bit.
    """
    return wins / 2, (wins + np.swapaxes(wins, -1, -2)) / 2


def fit_bradley_terry(points: Floats, counts: Floats, same_component: Flags, *, with_position: bool = False) -> Floats:
    """The maximum-likelihood strengths, in nats, with mean 0 in each component, by Newton's method with step halving.

    The log-likelihood is concave; a step that would lower it is halved until it does not, so every start leads to the
    one maximum.

    Args:
        points: (..., m, m) the points of the row's model, in first position, from the column's.
        counts: (..., m, m) how many battles they had in this order.
        same_component: (m, m) whether battles link two models, so that they can be compared at all.
        with_position: whether to estimate the position effect too; without it, it is 0.

    Returns:
        (..., m), and with `with_position` (..., m + 1): the effect is last.

    Raises:
        ArithmeticError: if there is no maximum (see `hackmentor.evaluate.ratings.connectivity`).
    """
    size = points.shape[-1]
    state = np.zeros((*points.shape[:-2], size + with_position))
    for _ in range(MAX_STEPS):
        gradient, curvature = compute_derivatives(state, points, counts, same_component)
        step = _halve_until_uphill(_solve(curvature, gradient), state, points, counts)
        state = state + step
        if np.abs(step).max() < STEP_TOLERANCE:
            return state
    raise ArithmeticError("the likelihood of these battles has no maximum")


def _solve(curvature: Floats, gradient: Floats) -> Floats:
    solved: NDArray[Any] = np.linalg.solve(curvature, gradient[..., None])
    return solved[..., 0]


def compute_derivatives(state: Floats, points: Floats, counts: Floats, same_component: Flags) -> tuple[Floats, Floats]:
    """The gradient of the log-likelihood and the negative of its second derivative, (..., p) and (..., p, p).

    The likelihood does not change when a whole component becomes stronger; the projection on these directions is added
    to the curvature so that it can be inverted, and steps keep the mean of each component.
    """
    size = points.shape[-1]
    expected = 1 / (1 + np.exp(-_compute_margins(state, size)))
    residual, weight = points - counts * expected, counts * expected * (1 - expected)
    both = weight + np.swapaxes(weight, -1, -2)
    gradient, curvature = np.empty_like(state), np.empty((*state.shape, state.shape[-1]))
    gradient[..., :size] = residual.sum(-1) - residual.sum(-2)
    projection = same_component / same_component.sum(-1, keepdims=True)
    level = both.sum((-2, -1))[..., None, None] / size
    curvature[..., :size, :size] = np.eye(size) * both.sum(-1)[..., None] - both + level * projection
    if state.shape[-1] > size:
        gradient[..., size] = residual.sum((-2, -1))
        curvature[..., size, :size] = curvature[..., :size, size] = weight.sum(-1) - weight.sum(-2)
        curvature[..., size, size] = weight.sum((-2, -1))
    return gradient, curvature


def _compute_margins(state: Floats, size: int) -> Floats:
    strengths = state[..., :size]
    margins: Floats = strengths[..., :, None] - strengths[..., None, :]
    return margins + state[..., size, None, None] if state.shape[-1] > size else margins


def _halve_until_uphill(step: Floats, state: Floats, points: Floats, counts: Floats) -> Floats:
    before = _log_likelihood(state, points, counts)
    floor = before - 1e-12 * (1 + np.abs(before))
    for _ in range(MAX_HALVINGS):
        lower = _log_likelihood(state + step, points, counts) < floor
        if not lower.any():
            break
        step = np.where(lower[..., None], step / 2, step)
    return step


def _log_likelihood(state: Floats, points: Floats, counts: Floats) -> Floats:
    margins = _compute_margins(state, points.shape[-1])
    total: Floats = (points * margins - counts * np.logaddexp(0, margins)).sum((-2, -1))
    return total


def strengths_to_ratings(strengths: Floats) -> Floats:
    """Converts strengths in nats to ratings: 400 points are odds of ten to one, and the mean is 1000."""
    return MEAN_RATING + POINTS_PER_NAT * strengths


def predict_scores(strengths: Floats) -> Floats:
    """(m, m): the probability that the row's model beats the column's, a tie being half a win."""
    scores: Floats = 1 / (1 + np.exp(-_compute_margins(strengths, len(strengths))))
    return scores
