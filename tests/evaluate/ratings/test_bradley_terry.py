"""Bradley-Terry against closed forms and an optimiser that is not ours."""

from __future__ import annotations

from math import log10

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.optimize import minimize

from hackmentor.evaluate.ratings.bradley_terry import POINTS_A_NAT, fit
from hackmentor.evaluate.ratings.fitted_ratings import Strengths, strengths
from hackmentor.evaluate.ratings.position_effect import position_effect
from tests.evaluate.ratings.synthetic_battles import Content, any_battles, battles_of, fought, simulated


def rated(rows: list[Content], rounds: int = 100) -> Strengths:
    return strengths(battles_of(rows), rounds=rounds, seed=0)


def independent(rows: list[Content], *, position: bool) -> np.ndarray:
    """The strengths of greatest likelihood, battle by battle with scipy; the position effect is last."""
    battles = battles_of(rows)
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
    strength = fit(points, points + points.T, np.ones((2, 2), dtype=bool))
    expected = 400 * log10((won + tied / 2) / (lost + tied / 2))
    assert (strength[0] - strength[1]) * POINTS_A_NAT == pytest.approx(expected, abs=1e-6)


def test_nine_of_ten_is_381_points() -> None:
    found = rated([fought("a", "b", "model_a")] * 9 + [fought("b", "a", "model_a")])
    assert found.rating[0] - found.rating[1] == pytest.approx(400 * log10(9))
    assert found.chance[0, 1] == pytest.approx(0.9)


@pytest.mark.parametrize("seed", range(3))
def test_an_independent_optimiser_agrees(seed: int) -> None:
    rows = simulated([0.0, 0.3, 0.9, 1.5, 3.0], 400, seed=seed, position=0.4)
    expected = 1000 + POINTS_A_NAT * independent(rows, position=False)[:-1]
    assert rated(rows).rating == pytest.approx(expected, abs=1e-6 * POINTS_A_NAT)
    effect = position_effect(battles_of(rows)).elo
    assert effect == pytest.approx(POINTS_A_NAT * independent(rows, position=True)[-1], abs=1e-6 * POINTS_A_NAT)


@given(any_battles())
def test_any_file_has_finite_ratings_of_mean_1000_inside_proper_intervals(rows: list[Content]) -> None:
    found = rated(rows)
    low, high = found.interval()
    assert np.isfinite(found.rating).all()
    assert (low <= high).all()
    for group in np.unique(found.group):
        assert found.rating[found.group == group].mean() == pytest.approx(1000)


@given(any_battles())
def test_at_the_maximum_each_model_scores_as_predicted(rows: list[Content]) -> None:
    found, battles = rated(rows), battles_of(rows)
    assume(not found.infinite)
    for model in range(len(battles.models)):
        as_first, as_second = battles.first == model, battles.second == model
        scored = battles.outcome[as_first].sum() / 2 + (1 - battles.outcome[as_second] / 2).sum()
        predicted = found.chance[model, battles.second[as_first]].sum()
        predicted += found.chance[model, battles.first[as_second]].sum()
        assert scored == pytest.approx(predicted, abs=1e-6)


def test_strengths_so_far_apart_that_a_full_step_overshoots() -> None:
    points = np.array([[0, 10.0**7, 0], [1, 0, 10.0**7], [0, 1, 0]])
    strength = fit(points, points + points.T, np.ones((3, 3), dtype=bool))
    assert strength[0] - strength[2] == pytest.approx(2 * np.log(10.0**7))


def test_without_a_maximum_fit_says_so() -> None:
    points = np.array([[0, 3.0], [0, 0]])
    with pytest.raises((ArithmeticError, np.linalg.LinAlgError)):
        fit(points, points + points.T, np.ones((2, 2), dtype=bool))


def test_a_model_that_won_everything_gets_half_a_win_to_each_side() -> None:
    found = rated([fought("a", "b", "model_a")] * 5, rounds=1000)
    assert found.infinite
    assert found.rating[0] - found.rating[1] == pytest.approx(400 * log10(5.5 / 0.5))
    low, high = found.interval()
    assert low[0] < found.rating[0] - 50
    assert high[1] > found.rating[1] + 50


@pytest.mark.parametrize(("win", "sign"), [("model_a", 1), ("tie", 0), ("model_b", -1)])
def test_one_battle_shows_nothing(win: str, sign: int) -> None:
    found = rated([fought("a", "b", win)], rounds=1000)
    ahead, low, high = found.difference(0, 1)
    assert np.sign(ahead) == sign
    assert low < -100 < 100 < high


def test_groups_that_never_met_are_not_compared() -> None:
    found = rated([*simulated([0.0, 1.0], 50, seed=0), fought("x", "y", "tie")])
    assert len(set(found.group)) == 2
    assert found.rating[2:] == pytest.approx([1000, 1000])
    assert np.isnan(found.chance[0, 2])
    assert found.chance[2, 3] == pytest.approx(0.5)
