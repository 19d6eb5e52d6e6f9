"""What may and what may not change the ratings, and the whole of the output."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hackmentor.evaluate.ratings.ratings_summary import compute_ratings
from tests.evaluate.ratings.synthetic_battles import (
    BattleRow,
    battle_row,
    battle_rows,
    build_battles,
    simulate_battles,
    swap_sides,
)

ORDERED = ("elo",)
SIDED = ("position",)


def rated(rows: list[BattleRow], reference: str | None = None) -> dict[str, Any]:
    summary = compute_ratings(build_battles(rows), reference=reference, rounds=100, seed=0)
    # The order of keys is the rank, and part of what is compared.
    loaded: dict[str, Any] = json.loads(json.dumps(summary, allow_nan=False))
    return loaded


def without(summary: dict[str, Any], keys: tuple[str, ...]) -> str:
    return json.dumps({key: value for key, value in summary.items() if key not in keys})


@given(battle_rows(), st.randoms(use_true_random=False))
def test_shuffled_rows_change_nothing_but_elo(rows: list[BattleRow], random: Any) -> None:
    shuffled = random.sample(rows, len(rows))
    # Sums of the position effect's standard error run in another order: its last digits are noise.
    assert without(rated(shuffled), ORDERED + SIDED) == without(rated(rows), ORDERED + SIDED)


def test_shuffled_rows_do_change_elo() -> None:
    rows = simulate_battles([0.0, 1.0, 2.0], 100, seed=0)
    assert rated(rows[::-1])["elo"] != rated(rows)["elo"]


@given(battle_rows())
def test_swapped_sides_change_nothing_but_the_position_effect(rows: list[BattleRow]) -> None:
    assert without(rated([swap_sides(row) for row in rows]), SIDED) == without(rated(rows), SIDED)


def test_swapped_sides_do_turn_the_position_effect() -> None:
    rows = simulate_battles([0.0, 1.0, 2.0], 1000, seed=0, position=0.5)
    assert rated(rows)["position"]["low"] > 0 > rated([swap_sides(row) for row in rows])["position"]["high"]


@given(battle_rows())
def test_each_pair_is_there_once_and_no_battle_is_lost(rows: list[BattleRow]) -> None:
    pairs = rated(rows)["pairs"]
    names = [(pair["model_a"], pair["model_b"]) for pair in pairs]
    assert names == sorted({tuple(sorted((row["model_a"], row["model_b"]))) for row in rows})
    assert sum(pair["wins_a"] + pair["ties"] + pair["wins_b"] for pair in pairs) == len(rows)


@given(battle_rows())
def test_predictions_of_a_pair_add_up_to_one(rows: list[BattleRow]) -> None:
    predicted = rated(rows)["predicted"]
    for model, row in predicted.items():
        for other, score in row.items():
            assert score is None or abs(score + predicted[other][model] - 1) < 1e-12


def test_the_whole_of_a_small_file() -> None:
    rows = [*simulate_battles([0.0, 1.0, 2.0], 200, seed=0)]
    rows = [{**row, "question_id": number // 4} for number, row in enumerate(rows)]
    summary = rated(rows, reference="m0")
    assert list(summary["bradley_terry"]) == ["m2", "m1", "m0"]
    assert set(summary["bradley_terry"]["m2"]) == {"rating", "low", "high"}
    assert set(summary["win_rate"]) == {"m1", "m2"}
    assert set(summary["win_rate"]["m1"]) == {"wins", "ties", "losses", "score", "low", "high"}
    assert [(pair["better"], pair["worse"], pair["distinguishable"]) for pair in summary["neighbours"]] == [
        ("m2", "m1", True),
        ("m1", "m0", True),
    ]
    counted = ("battles", "models", "questions", "reference", "rounds", "seed", "notes")
    assert [summary[key] for key in counted] == [200, 3, 50, "m0", 100, 0, []]
    assert "categories" not in summary


def test_categories_are_rated_alone() -> None:
    easy = [{**row, "category": "easy"} for row in simulate_battles([0.0, 1.0], 60, seed=0)]
    hard = [{**row, "category": "hard"} for row in simulate_battles([1.0, 0.0], 60, seed=1)]
    summary = rated([*easy, *hard, battle_row("m0", "m1", "tie")])
    found = {name: category["bradley_terry"] for name, category in summary["categories"].items()}
    assert found["easy"] == rated(easy)["bradley_terry"]
    assert found["hard"] == rated(hard)["bradley_terry"]
    assert list(found["easy"]) == ["m1", "m0"]
    assert list(found["hard"]) == ["m0", "m1"]
    assert summary["notes"] == ["1 battles name no category; they count in the whole alone."]


def test_what_limits_the_numbers_is_said() -> None:
    rows = [battle_row("a", "b", "model_a", question_id=1), battle_row("x", "y", "tie")]
    groups, added, few, questions = rated(rows)["notes"]
    assert "a, b; x, y" in groups
    assert "Half a win was added" in added
    assert few.startswith("The intervals rest on 2 questions")
    assert questions.startswith("1 battles name no question")
