"""Wins, ties and losses, and the interval of the score."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from hackmentor.evaluate.ratings.win_rate import WinRate, compute_win_rate, compute_win_rates
from tests.evaluate.ratings.synthetic_battles import battle_row, build_battles, simulate_battles

ROWS = [
    battle_row("a", "b", "model_a"),
    battle_row("b", "a", "tie"),
    battle_row("b", "a", "model_b"),
    battle_row("c", "a", "tie (bothbad)"),
    battle_row("c", "b", "model_b"),
]


def counts(found: WinRate) -> tuple[int, int, int]:
    return found.wins, found.ties, found.losses


def test_against_the_reference() -> None:
    found = compute_win_rates(build_battles(ROWS), "b")
    assert {name: counts(one) for name, one in found.items()} == {"a": (2, 1, 0), "c": (0, 0, 1)}
    assert found["a"].score == pytest.approx(2.5 / 3)


def test_over_all_battles_where_no_reference_is_named() -> None:
    found = compute_win_rates(build_battles(ROWS), None)
    assert {name: counts(one) for name, one in found.items()} == {"a": (2, 2, 0), "b": (1, 1, 2), "c": (0, 1, 1)}


def test_a_model_that_never_met_the_reference_has_no_score() -> None:
    assert compute_win_rates(build_battles([*ROWS, battle_row("c", "d", "tie")]), "d")["a"] == WinRate(
        0, 0, 0, None, None, None
    )


@given(st.integers(0, 50), st.integers(0, 50))
def test_without_ties_and_questions_the_interval_is_wilsons(won: int, lost: int) -> None:
    if won + lost == 0:
        return
    found = compute_win_rate(np.array([2] * won + [0] * lost), np.arange(won + lost))
    expected = binomtest(won, won + lost).proportion_ci(method="wilson")
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_battles_on_the_same_question_count_as_one_if_they_always_agree() -> None:
    outcome = np.repeat([2, 0, 2, 2, 0, 2, 0, 2, 2, 2], 5)
    found = compute_win_rate(outcome, np.repeat(np.arange(10), 5))
    alone = compute_win_rate(outcome[::5], np.arange(10))
    assert found.low == pytest.approx(alone.low, abs=0.03)
    assert found.high == pytest.approx(alone.high, abs=0.03)


def test_the_interval_covers_with_ties_and_questions() -> None:
    random, covered = np.random.default_rng(0), []
    for _ in range(500):
        # Each question suits the model more or less: a mean score of 0.6 whatever its spread.
        suits = random.beta(3, 2, size=40)
        points = random.binomial(2, np.repeat(suits, 4))
        found = compute_win_rate(points, np.repeat(np.arange(40), 4))
        assert found.low is not None
        assert found.high is not None
        covered.append(found.low <= 0.6 <= found.high)
    assert 0.92 < np.mean(covered) < 0.99


def test_all_wins_are_not_certainty() -> None:
    found = compute_win_rates(build_battles([battle_row("a", "b", "model_a")] * 10), "b")["a"]
    assert found.score == found.high == 1
    assert found.low == pytest.approx(binomtest(10, 10).proportion_ci(method="wilson").low)


def test_scores_of_all_models_add_up() -> None:
    rows = simulate_battles([0.0, 1.0, 2.0], 90, seed=5)
    points = sum(one.wins + one.ties / 2 for one in compute_win_rates(build_battles(rows), None).values())
    assert points == 90
