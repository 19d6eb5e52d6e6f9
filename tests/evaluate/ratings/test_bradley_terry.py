"""Bradley-Terry against closed forms and an optimiser that is not ours."""

from __future__ import annotations

from math import log10

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.optimize import minimize

from hackmentor.evaluate.ratings.bradley_terry import POINTS_PER_NAT, fit_bradley_terry
from hackmentor.evaluate.ratings.fitted_ratings import FittedRatings, fit_ratings
from hackmentor.evaluate.ratings.position_effect import estimate_position_effect
from tests.evaluate.ratings.synthetic_battles import BattleRow, battle_row, battle_rows, build_battles, simulate_battles


def fit(rows: list[BattleRow], rounds: int = 100) -> FittedRatings:
    return fit_ratings(build_battles(rows), rounds=rounds, seed=0)


def fit_with_scipy(rows: list[BattleRow], *, position: bool) -> np.ndarray:
    """The strengths of greatest likelihood, battle by battle with scipy; the position effect is last."""
    battles = build_battles(rows)
    size, score = len(battles.models), battles.outcome / 2
    signs = np.zeros((len(rows), size + 1))
    signs[np.arange(len(rows)), battles.first], signs[np.arange(len(rows)), battles.second] = 1, -1
    signs[:, size] = position

    def loss(state: np.ndarray) -> float:
        margin = signs @ state
        return float((np.logaddexp(0, margin) - score * margin).sum() + state[:size].sum() ** 2)

    def slope(state: np.ndarray) -> np.ndarray:
        margin = signs @ state
        back = np.append(np.full(size, 2 * state[:size].sum()), 0)
        return np.asarray((1 / (1 + np.exp(-margin)) - score) @ signs + back)

    return np.asarray(minimize(loss, np.zeros(size + 1), jac=slope, method="BFGS", options={"gtol": 1e-10}).x)


@given(st.integers(1, 10**6), st.integers(1, 10**6), st.integers(0, 1000))
def test_two_models_have_a_closed_form(won: int, lost: int, tied: int) -> None:
    points = np.array([[0.0, won + tied / 2], [lost + tied / 2, 0.0]])
    strength = fit_bradley_terry(points, points + points.T, np.ones((2, 2), dtype=bool))
    expected = 400 * log10((won + tied / 2) / (lost + tied / 2))
    assert (strength[0] - strength[1]) * POINTS_PER_NAT == pytest.approx(expected, abs=1e-5)


def test_nine_of_ten_is_381_points() -> None:
    found = fit([battle_row("a", "b", "model_a")] * 9 + [battle_row("b", "a", "model_a")])
    assert found.rating[0] - found.rating[1] == pytest.approx(400 * log10(9))
    assert found.predicted_scores[0, 1] == pytest.approx(0.9)


@pytest.mark.parametrize("seed", range(3))
def test_an_independent_optimiser_agrees(seed: int) -> None:
    rows = simulate_battles([0.0, 0.3, 0.9, 1.5, 3.0], 400, seed=seed, position=0.4)
    expected = 1000 + POINTS_PER_NAT * fit_with_scipy(rows, position=False)[:-1]
    assert fit(rows).rating == pytest.approx(expected, abs=1e-6 * POINTS_PER_NAT)
    effect = estimate_position_effect(build_battles(rows)).elo
    assert effect == pytest.approx(POINTS_PER_NAT * fit_with_scipy(rows, position=True)[-1], abs=1e-6 * POINTS_PER_NAT)


@given(battle_rows())
def test_any_file_has_finite_ratings_of_mean_1000_inside_proper_intervals(rows: list[BattleRow]) -> None:
    found = fit(rows)
    low, high = found.compute_intervals()
    assert np.isfinite(found.rating).all()
    assert (low <= high).all()
    for group in np.unique(found.component):
        assert found.rating[found.component == group].mean() == pytest.approx(1000)


@given(battle_rows())
def test_at_the_maximum_each_model_scores_as_predicted(rows: list[BattleRow]) -> None:
    found, battles = fit(rows), build_battles(rows)
    assume(not found.is_unbounded)
    for model in range(len(battles.models)):
        as_first, as_second = battles.first == model, battles.second == model
        scored = battles.outcome[as_first].sum() / 2 + (1 - battles.outcome[as_second] / 2).sum()
        predicted = found.predicted_scores[model, battles.second[as_first]].sum()
        predicted += found.predicted_scores[model, battles.first[as_second]].sum()
        assert scored == pytest.approx(predicted, abs=1e-6)


def test_strengths_so_far_apart_that_a_full_step_overshoots() -> None:
    points = np.array([[0, 10.0**7, 0], [1, 0, 10.0**7], [0, 1, 0]])
    strength = fit_bradley_terry(points, points + points.T, np.ones((3, 3), dtype=bool))
    assert strength[0] - strength[2] == pytest.approx(2 * np.log(10.0**7))


def test_without_a_maximum_fit_says_so() -> None:
    points = np.array([[0, 3.0], [0, 0]])
    with pytest.raises((ArithmeticError, np.linalg.LinAlgError)):
        fit_bradley_terry(points, points + points.T, np.ones((2, 2), dtype=bool))


def test_a_model_that_won_everything_gets_half_a_win_to_each_side() -> None:
    found = fit([battle_row("a", "b", "model_a")] * 5, rounds=1000)
    assert found.is_unbounded
    assert found.rating[0] - found.rating[1] == pytest.approx(400 * log10(5.5 / 0.5))
    low, high = found.compute_intervals()
    assert low[0] < found.rating[0] - 50
    assert high[1] > found.rating[1] + 50


@pytest.mark.parametrize(("win", "sign"), [("model_a", 1), ("tie", 0), ("model_b", -1)])
def test_one_battle_shows_nothing(win: str, sign: int) -> None:
    found = fit([battle_row("a", "b", win)], rounds=1000)
    ahead, low, high = found.compute_difference(0, 1)
    assert np.sign(ahead) == sign
    assert low < -100 < 100 < high


def test_groups_that_never_met_are_not_compared() -> None:
    found = fit([*simulate_battles([0.0, 1.0], 50, seed=0), battle_row("x", "y", "tie")])
    assert len(set(found.component)) == 2
    assert found.rating[2:] == pytest.approx([1000, 1000])
    assert np.isnan(found.predicted_scores[0, 2])
    assert found.predicted_scores[2, 3] == pytest.approx(0.5)
