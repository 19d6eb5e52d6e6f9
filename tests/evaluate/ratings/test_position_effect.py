"""What the first position is worth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from hackmentor.evaluate.ratings.bradley_terry import POINTS_PER_NAT
from hackmentor.evaluate.ratings.position_effect import estimate_position_effect
from tests.evaluate.ratings.synthetic_battles import (
    BattleRow,
    battle_row,
    battle_rows,
    build_battles,
    simulate_battles,
    swap_sides,
)


def test_it_is_found_about_as_often_as_its_interval_claims() -> None:
    covered = []
    for seed in range(200):
        found = estimate_position_effect(
            build_battles(simulate_battles([0.0, 0.5, 1.0], 300, seed=seed, position=0.4, ties=0))
        )
        assert found.low is not None
        assert found.high is not None
        covered.append(found.low <= 0.4 * POINTS_PER_NAT <= found.high)
    assert 0.91 < np.mean(covered) < 0.985


def test_two_models_in_both_orders_have_a_closed_form() -> None:
    # First wins 3 of 4 in either order: equal models, and odds of 3 for the first position.
    rows = [battle_row("a", "b", "model_a"), battle_row("b", "a", "model_a")] * 3
    rows += [battle_row("a", "b", "model_b"), battle_row("b", "a", "model_b")]
    assert estimate_position_effect(build_battles(rows)).elo == pytest.approx(400 * np.log10(3))


@given(battle_rows())
def test_swapping_every_row_turns_its_sign(rows: list[BattleRow]) -> None:
    found, turned = (
        estimate_position_effect(build_battles(rows)),
        estimate_position_effect(build_battles([swap_sides(row) for row in rows])),
    )
    assert (found.elo is None) == (turned.elo is None)
    if found.elo is not None and turned.elo is not None:
        assert found.elo == pytest.approx(-turned.elo, abs=1e-6)
    if found.low is not None and turned.high is not None:
        assert found.low == pytest.approx(-turned.high, abs=1e-5)
    assert (found.first.wins, found.first.ties, found.first.losses) == (
        turned.first.losses,
        turned.first.ties,
        turned.first.wins,
    )


def test_where_sides_never_change_it_cannot_be_told_from_strength() -> None:
    rows = [battle_row("a", "b", "model_a"), battle_row("a", "b", "model_b"), battle_row("a", "b", "tie")] * 10
    found = estimate_position_effect(build_battles(rows))
    assert (found.elo, found.low, found.high) == (None, None, None)
    assert found.first.score == 0.5


def test_it_is_told_although_one_model_won_everything() -> None:
    rows = simulate_battles([0.0, 0.5], 200, seed=0, position=0.5)
    best = [battle_row("best", "m0", "model_a"), battle_row("m1", "best", "model_b")] * 5
    alone, with_best = (
        estimate_position_effect(build_battles(rows)).elo,
        estimate_position_effect(build_battles(rows + best)).elo,
    )
    assert alone is not None
    assert with_best == pytest.approx(alone, abs=10)


def test_judgements_of_one_question_are_one_observation() -> None:
    rows = [{**row, "question_id": n} for n, row in enumerate(simulate_battles([0.0, 1.0], 80, seed=1, position=0.3))]
    once, four = estimate_position_effect(build_battles(rows)), estimate_position_effect(build_battles(rows * 4))
    assert (four.low, four.high) == pytest.approx((once.low, once.high))


def test_a_single_question_gives_no_interval() -> None:
    rows = [{**row, "question_id": "only"} for row in simulate_battles([0.0, 1.0], 80, seed=1)]
    found = estimate_position_effect(build_battles(rows))
    assert found.elo is not None
    assert (found.low, found.high) == (None, None)
