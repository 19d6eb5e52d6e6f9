"""The model of Bradley and Terry, by maximum likelihood, for many tables of battles at once.

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

POINTS_A_NAT = 400 / log(10)
MEAN = 1000.0
# Newton's error after a step is about the square of the step.
CLOSE = 1e-8
MOST_STEPS = 200
MOST_HALVINGS = 40


def with_prior(points: Floats, counts: Floats, met: Flags) -> tuple[Floats, Floats]:
    """Adds half a win to either side of each pair that met, as Anscombe (Biometrika 43, 1956) did for log odds.

    For where the likelihood has no maximum, a model that won everything, say: its strength would grow without bound.
    Takes and returns `points` and `counts` of `fit`.
    """
    return points + met / 4, counts + met / 2


def folded(wins: Floats) -> tuple[Floats, Floats]:
    """`points` and `counts` of `fit` from (..., m, m) wins without positions: each battle counts half in either order.

    So the same battles with their sides swapped give the same numbers, bit by bit.
    """
    return wins / 2, (wins + np.swapaxes(wins, -1, -2)) / 2


def fit(points: Floats, counts: Floats, together: Flags, *, position: bool = False) -> Floats:
    """The strengths of greatest likelihood, in nats, of mean 0 in each group; by Newton's method with halved steps.

    The log-likelihood is concave; a step that would lower it is halved until it does not, so every start leads to the
    one maximum.

    Args:
        points: (..., m, m) the points of the row's model, in first position, from the column's.
        counts: (..., m, m) how many battles they had in this order.
        together: (m, m) whether two models are of one group, that is, can be compared at all.
        position: whether to estimate the position effect too; without it, it is 0.

    Returns:
        (..., m), and with `position` (..., m + 1): the effect is last.

    Raises:
        ArithmeticError: if there is no maximum (see `hackmentor.evaluate.ratings.connectivity`).
    """
    size = points.shape[-1]
    state = np.zeros((*points.shape[:-2], size + position))
    for _ in range(MOST_STEPS):
        gradient, curvature = derivatives(state, points, counts, together)
        step = _shortened(_solved(curvature, gradient), state, points, counts)
        state = state + step
        if np.abs(step).max() < CLOSE:
            return state
    raise ArithmeticError("the likelihood of these battles has no maximum")


def _solved(curvature: Floats, gradient: Floats) -> Floats:
    solved: NDArray[Any] = np.linalg.solve(curvature, gradient[..., None])
    return solved[..., 0]


def derivatives(state: Floats, points: Floats, counts: Floats, together: Flags) -> tuple[Floats, Floats]:
    """The gradient of the log-likelihood and the negative of its second derivative, (..., p) and (..., p, p).

    The likelihood does not change when a whole group becomes stronger; the projection on these directions is added to
    the curvature so that it can be inverted, and steps keep the mean of each group.
    """
    size = points.shape[-1]
    chance = 1 / (1 + np.exp(-_margins(state, size)))
    surprise, weight = points - counts * chance, counts * chance * (1 - chance)
    both = weight + np.swapaxes(weight, -1, -2)
    gradient, curvature = np.empty_like(state), np.empty((*state.shape, state.shape[-1]))
    gradient[..., :size] = surprise.sum(-1) - surprise.sum(-2)
    projection = together / together.sum(-1, keepdims=True)
    level = both.sum((-2, -1))[..., None, None] / size
    curvature[..., :size, :size] = np.eye(size) * both.sum(-1)[..., None] - both + level * projection
    if state.shape[-1] > size:
        gradient[..., size] = surprise.sum((-2, -1))
        curvature[..., size, :size] = curvature[..., :size, size] = weight.sum(-1) - weight.sum(-2)
        curvature[..., size, size] = weight.sum((-2, -1))
    return gradient, curvature


def _margins(state: Floats, size: int) -> Floats:
    strengths = state[..., :size]
    margins: Floats = strengths[..., :, None] - strengths[..., None, :]
    return margins + state[..., size, None, None] if state.shape[-1] > size else margins


def _shortened(step: Floats, state: Floats, points: Floats, counts: Floats) -> Floats:
    before = _log_likelihood(state, points, counts)
    floor = before - 1e-12 * (1 + np.abs(before))
    for _ in range(MOST_HALVINGS):
        lower = _log_likelihood(state + step, points, counts) < floor
        if not lower.any():
            break
        step = np.where(lower[..., None], step / 2, step)
    return step


def _log_likelihood(state: Floats, points: Floats, counts: Floats) -> Floats:
    margins = _margins(state, points.shape[-1])
    total: Floats = (points * margins - counts * np.logaddexp(0, margins)).sum((-2, -1))
    return total


def to_ratings(strengths: Floats) -> Floats:
    """Strengths in nats as ratings: 400 points are odds of ten to one, and the mean is 1000."""
    return MEAN + POINTS_A_NAT * strengths


def predicted(strengths: Floats) -> Floats:
    """(m, m): the chance that the row's model beats the column's, a tie being half a win."""
    chance: Floats = 1 / (1 + np.exp(-_margins(strengths, len(strengths))))
    return chance
