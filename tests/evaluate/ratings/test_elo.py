"""Online Elo as the original published it."""

from __future__ import annotations

import pytest

from hackmentor.evaluate.ratings.elo import elo
from tests.evaluate.ratings.synthetic_battles import battles_of, fought, simulated


def test_four_battles_computed_by_hand() -> None:
    battles = [fought("A", "B", "model_a"), fought("A", "C", "tie"), fought("B", "C", "model_b")]
    # With 40 decimal digits and no code of ours: E = 1 / (1 + 10^(gap / 400)), R += 32 (S - E).
    expected = {"A": 1015.263693206478, "B": 968.770139814643, "C": 1015.966166978879}
    assert elo(battles_of(battles)) == pytest.approx(expected, abs=1e-9)
    battles.append(fought("C", "A", "model_b"))
    expected = {"A": 1031.296043275127, "B": 968.770139814643, "C": 999.933816910231}
    assert elo(battles_of(battles)) == pytest.approx(expected, abs=1e-9)


def test_the_first_battle_moves_sixteen_points() -> None:
    assert elo(battles_of([fought("A", "B", "model_b")])) == {"A": 984.0, "B": 1016.0}


def test_the_order_of_rows_matters() -> None:
    rows = simulated([0.0, 0.5, 1.0], 60, seed=1)
    assert elo(battles_of(rows)) != elo(battles_of(rows[::-1]))


def test_points_are_only_handed_over() -> None:
    ratings = elo(battles_of(simulated([0.0, 0.5, 1.0, 2.0], 500, seed=2)))
    assert sum(ratings.values()) == pytest.approx(4000)
