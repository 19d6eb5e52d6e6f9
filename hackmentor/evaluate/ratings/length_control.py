"""Ratings at equal length: judges prefer longer answers, and a model may win by being longer.

The difference in length is a covariate of the Bradley-Terry model, as in the style control of Chatbot Arena and
Arena-Hard (Li, Angelopoulos and Chiang, lmsys.org, 2024) and, with other terms, in AlpacaEval 2 (Dubois et al.,
arXiv:2404.04475, 2024):

    P(i beats j) = 1 / (1 + exp(-(s_i - s_j + b x))),  x = (length_i - length_j) / (length_i + length_j)

with x in its standard deviations. The strengths s are those at equal length, x = 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import t

from hackmentor.evaluate.ratings.battles import Battles, Flags, Floats, Integers, build_win_matrix, fold_pairs
from hackmentor.evaluate.ratings.bradley_terry import (
    MAX_STEPS,
    POINTS_PER_NAT,
    STEP_TOLERANCE,
    strengths_to_ratings,
)
from hackmentor.evaluate.ratings.connectivity import find_components, is_strongly_connected

# Where lengths are explained by the models to this part, length and strength can't be told apart.
_SMALLEST_UNEXPLAINED = 1e-6
# An effect of so many nats a standard deviation is no finite one.
_MAX_EFFECT = 15.0
_LEVEL = 0.95


@dataclass(frozen=True)
class PointDifference:
    """A difference in rating points with its 95 % interval, None where one cluster of questions leaves it unknown."""

    difference: float
    low: float | None
    high: float | None


@dataclass(frozen=True, eq=False)
class LengthControl:
    """Ratings at equal length.

    Attributes:
        rating: (m,) with mean 1000 in each component.
        component: (m,) a number for each set of models that battles link.
        has_prior: whether no finite ratings fit best, so that half wins were added.
    """

    rating: Floats
    component: Integers
    has_prior: bool
    _rows: _Rows
    _curvature: Floats
    _residual: Floats

    def compute_difference(self, model: int, other: int) -> PointDifference:
        """How far one model is ahead of another at equal length."""
        contrast = np.zeros(len(self.rating) + 1)
        contrast[model], contrast[other] = 1.0, -1.0
        return self._estimate(float(self.rating[model] - self.rating[other]), contrast)

    def compute_rating(self, model: int) -> PointDifference:
        """The rating of a model, against the mean of those that battles link it to."""
        same = self.component == self.component[model]
        contrast = np.append(-same.astype(np.float64) / same.sum(), 0.0)
        contrast[model] += 1.0
        return self._estimate(float(self.rating[model]), contrast)

    def compute_effect(self, effect: float) -> PointDifference:
        """What being longer by one standard deviation of x is worth; `effect` in nats."""
        contrast = np.zeros(len(self.rating) + 1)
        contrast[-1] = 1.0
        return self._estimate(effect * POINTS_PER_NAT, contrast)

    def _estimate(self, value: float, contrast: Floats) -> PointDifference:
        """With the sandwich error over clusters of questions (Liang and Zeger, Biometrika 73, 1986) and Student's t."""
        clusters = int(self._rows.cluster.max()) + 1
        if clusters == 1:
            return PointDifference(value, None, None)
        direction: Floats = np.linalg.solve(self._curvature, contrast).astype(np.float64)
        influence = self._residual * self._rows.multiply(direction)
        sums = np.bincount(self._rows.cluster, weights=influence)
        error = float(np.sqrt(sums @ sums * clusters / (clusters - 1)))
        margin = float(t.ppf((1 + _LEVEL) / 2, clusters - 1)) * error * POINTS_PER_NAT
        return PointDifference(value, value - margin, value + margin)


@dataclass(frozen=True, eq=False)
class _Rows:
    """Battles as rows of a regression; those of the prior come last, with weights below one."""

    first: Integers
    second: Integers
    score: Floats
    difference: Floats
    weight: Floats
    cluster: Integers

    def multiply(self, state: Floats) -> Floats:
        """(n,) the linear predictor of each row."""
        predictor: Floats = state[self.first] - state[self.second] + state[-1] * self.difference
        return predictor

    def add_prior(self, met: Flags) -> _Rows:
        """Half a win to each side of each pair that met, half of it to the longer and half to the shorter answer."""
        low, high = np.nonzero(np.triu(met))
        ends = [np.tile(side, 4) for side in (low, high)]
        score, difference = (np.repeat(values, len(low)) for values in ([1.0, 0.0, 1.0, 0.0], [1.0, 1.0, -1.0, -1.0]))
        return _Rows(
            np.append(self.first, ends[0]),
            np.append(self.second, ends[1]),
            np.append(self.score, score),
            np.append(self.difference, difference),
            np.append(self.weight, np.full(len(score), 0.25)),
            self.cluster,
        )


def fit_length_control(battles: Battles) -> tuple[LengthControl, PointDifference] | None:
    """Ratings at equal length, and what length is worth a standard deviation of x.

    Battles without lengths are left out. None if no battle has them, or if they say nothing: all are equal, or each
    model's answers differ from another's by a constant.
    """
    told = np.flatnonzero(~np.isnan(battles.length_difference))
    if not told.size:
        return None
    difference = battles.length_difference[told]
    spread = float(np.sqrt(np.mean(difference**2)))
    if spread == 0:
        return None
    _, cluster = np.unique(battles.cluster[told], return_inverse=True)
    ones = np.ones(len(told))
    rows = _Rows(
        battles.first[told], battles.second[told], battles.outcome[told] / 2, difference / spread, ones, cluster
    )
    met, same_component = _find_links(rows, len(battles.models))
    if not _is_identifiable(rows, same_component):
        return None
    is_bounded = _is_bounded(battles, told, same_component)
    fitted = _fit(rows, same_component) if is_bounded else None
    used = rows if fitted is not None else rows.add_prior(met)
    state = fitted if fitted is not None else _fit(used, same_component)
    if state is None:
        return None
    _, curvature = _compute_derivatives(used, state, same_component)
    residual = rows.score - 1 / (1 + np.exp(-rows.multiply(state)))
    control = LengthControl(
        strengths_to_ratings(state[:-1]), find_components(met), fitted is None, rows, curvature, residual
    )
    return control, control.compute_effect(float(state[-1]))


def _find_links(rows: _Rows, models: int) -> tuple[Flags, Flags]:
    met = np.zeros((models, models), dtype=bool)
    met[rows.first, rows.second] = met[rows.second, rows.first] = True
    component = find_components(met)
    return met, np.equal.outer(component, component)


def _is_bounded(battles: Battles, told: Integers, same_component: Flags) -> bool:
    pairs = fold_pairs(battles)
    counts = np.bincount(pairs.pair_outcome[told], minlength=3 * len(pairs)).reshape(-1, 3)
    return bool(is_strongly_connected(build_win_matrix(pairs, counts, len(battles.models)), same_component))


def _is_identifiable(rows: _Rows, same_component: Flags) -> bool:
    """Whether lengths differ by more than what the models explain."""
    _, curvature = _compute_derivatives(rows, np.zeros(len(same_component) + 1), same_component)
    explained = curvature[-1, :-1] @ np.linalg.solve(curvature[:-1, :-1], curvature[:-1, -1])
    return bool(curvature[-1, -1] - explained > _SMALLEST_UNEXPLAINED * curvature[-1, -1])


def _fit(rows: _Rows, same_component: Flags) -> Floats | None:
    """(m + 1,) strengths in nats with mean 0 in each component, and the effect of length; None if nothing fits best."""
    state = np.zeros(len(same_component) + 1)
    for _ in range(MAX_STEPS):
        gradient, curvature = _compute_derivatives(rows, state, same_component)
        try:
            step = np.linalg.solve(curvature, gradient)
        except np.linalg.LinAlgError:
            return None
        before = _log_likelihood(rows, state)
        while _log_likelihood(rows, state + step) < before - 1e-12 * (1 + abs(before)):
            step = step / 2
        state = state + step
        if abs(state[-1]) > _MAX_EFFECT:
            return None
        if np.abs(step).max() < STEP_TOLERANCE:
            return state
    return None


def _log_likelihood(rows: _Rows, state: Floats) -> float:
    predictor = rows.multiply(state)
    return float(rows.weight @ (rows.score * predictor - np.logaddexp(0, predictor)))


def _compute_derivatives(rows: _Rows, state: Floats, same_component: Flags) -> tuple[Floats, Floats]:
    """Gradient and negative second derivative; the mean of each component is held by its projection."""
    size = len(same_component)
    expected = 1 / (1 + np.exp(-rows.multiply(state)))
    residual, weight = rows.weight * (rows.score - expected), rows.weight * expected * (1 - expected)

    def sum_by_model(values: Floats) -> Floats:
        won, lost = (np.bincount(side, values, size).astype(np.float64) for side in (rows.first, rows.second))
        return won - lost

    between = np.bincount(rows.first * size + rows.second, weight, size * size).reshape(size, size)
    both = between + between.T
    curvature = np.empty((size + 1, size + 1))
    level = both.sum() / size
    curvature[:size, :size] = np.diag(both.sum(1)) - both
    curvature[:size, :size] += level * same_component / same_component.sum(1, keepdims=True)
    curvature[size, :size] = curvature[:size, size] = sum_by_model(weight * rows.difference)
    curvature[size, size] = weight @ rows.difference**2
    return np.append(sum_by_model(residual), residual @ rows.difference), curvature
