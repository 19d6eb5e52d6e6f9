"""Online Elo as the original published it."""

from __future__ import annotations

import pytest

from hackmentor.evaluate.ratings.elo import compute_elo
from tests.evaluate.ratings.synthetic_battles import battle_row, build_battles, simulate_battles


def test_four_battles_computed_by_hand() -> None:
    battles = [battle_row("A", "B", "model_a"), battle_row("A", "C", "tie"), battle_row("B", "C", "model_b")]
    # With 40 decimal digits and no code of ours: E = 1 / (1 + 10^(gap / 400)), R += 32 (S - E).
    expected = {"A": 1015.263693206478, "B": 968.770139814643, "C": 1015.966166978879}
    assert compute_elo(build_battles(battles)) == pytest.approx(expected, abs=1e-9)
    battles.append(battle_row("C", "A", "model_b"))
    expected = {"A": 1031.296043275127, "B": 968.770139814643, "C": 999.933816910231}
    assert compute_elo(build_battles(battles)) == pytest.approx(expected, abs=1e-9)


def test_the_first_battle_moves_sixteen_points() -> None:
    assert compute_elo(build_battles([battle_row("A", "B", "model_b")])) == {"A": 984.0, "B": 1016.0}


def test_the_order_of_rows_matters() -> None:
    rows = simulate_battles([0.0, 0.5, 1.0], 60, seed=1)
    assert compute_elo(build_battles(rows)) != compute_elo(build_battles(rows[::-1]))


def test_points_are_only_handed_over() -> None:
    ratings = compute_elo(build_battles(simulate_battles([0.0, 0.5, 1.0, 2.0], 500, seed=2)))
    assert sum(ratings.values()) == pytest.approx(4000)
