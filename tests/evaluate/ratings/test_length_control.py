"""Ratings at equal length: what a judge gives for length is not a model's strength."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize

from hackmentor.evaluate.ratings.bradley_terry import POINTS_PER_NAT
from hackmentor.evaluate.ratings.length_control import fit_length_control
from hackmentor.evaluate.ratings.length_sentences import describe_length_control
from hackmentor.evaluate.ratings.ratings_summary import compute_ratings
from tests.evaluate.ratings.synthetic_battles import BattleRow, battle_row, build_battles, simulate_battles

BASES = {"cell": "base"}


def draw_battles(seed: int, *, longer: float, better: float, count: int = 200, effect: float = 1.5) -> list[BattleRow]:
    """Battles of a cell and its base before a judge that prefers the longer answer."""
    draw = np.random.default_rng(seed)
    lengths = np.exp(draw.normal([5 + longer, 5.0], 0.5, size=(count, 2))).round()
    x = (lengths[:, 0] - lengths[:, 1]) / lengths.sum(axis=1)
    wins = draw.random(count) < 1 / (1 + np.exp(-(better + effect * x / np.sqrt(np.mean(x**2)))))
    sides = draw.random(count) < 0.5
    rows = []
    for number, (won, (own, other), swapped) in enumerate(zip(wins, lengths.tolist(), sides, strict=True)):
        names, sizes = ("base", "cell") if swapped else ("cell", "base"), (other, own) if swapped else (own, other)
        win = "model_a" if won != swapped else "model_b"
        rows.append(battle_row(*names, win, question_id=number, length_a=sizes[0], length_b=sizes[1]))
    return rows


def compare(rows: list[BattleRow]) -> dict[str, Any]:
    summary = compute_ratings(build_battles(rows), reference=None, rounds=200, seed=0, bases=BASES)
    control: dict[str, Any] = json.loads(json.dumps(summary["length_control"], allow_nan=False))
    return control


def holds_zero(difference: dict[str, float]) -> bool:
    return difference["low"] <= 0 <= difference["high"]


def test_a_longer_cell_wins_as_judged_and_is_level_at_equal_length() -> None:
    (found,) = compare(draw_battles(0, longer=0.4, better=0.0))["compared"]
    assert not holds_zero(found["raw"])
    assert holds_zero(found["controlled"])


def test_a_better_cell_of_the_same_length_stays_better() -> None:
    (found,) = compare(draw_battles(1, longer=0.0, better=0.8))["compared"]
    assert found["controlled"]["low"] > 0


def test_the_effect_of_length_is_found() -> None:
    effect = compare(draw_battles(2, longer=0.2, better=0.3, count=2000))["effect"]
    assert effect["low"] < 1.5 * POINTS_PER_NAT < effect["high"]
    assert effect["high"] - effect["low"] < 70


def test_the_interval_leaves_out_the_truth_as_seldom_as_it_says() -> None:
    missed = 0
    for seed in range(200):
        fitted = fit_length_control(build_battles(draw_battles(seed, longer=0.4, better=0.0, count=100)))
        assert fitted is not None
        difference = fitted[0].compute_difference(1, 0)
        assert difference.low is not None
        assert difference.high is not None
        missed += not difference.low <= 0 <= difference.high
    assert missed <= 0.09 * 200


def test_it_is_the_maximum_of_the_likelihood() -> None:
    draw = np.random.default_rng(3)
    rows = [
        {**row, "length_a": draw.integers(1, 90), "length_b": draw.integers(1, 90)}
        for row in simulate_battles([0.0, 0.5, 1.0], 150, seed=3)
    ]
    rows = [{**row, "length_a": int(row["length_a"]), "length_b": int(row["length_b"])} for row in rows]
    battles = build_battles(rows)
    fitted = fit_length_control(battles)
    assert fitted is not None
    control, effect = fitted
    x = battles.length_difference / np.sqrt(np.mean(battles.length_difference**2))

    def loss(state: np.ndarray[Any, Any]) -> float:
        margin = state[battles.first] - state[battles.second] + state[-1] * x
        return float((np.logaddexp(0, margin) - battles.outcome / 2 * margin).sum() + 1e-9 * state[:3].sum() ** 2)

    peer = minimize(loss, np.zeros(4), tol=1e-12).x
    assert effect.difference == pytest.approx(peer[-1] * POINTS_PER_NAT, abs=0.05)
    assert control.rating == pytest.approx(1000 + POINTS_PER_NAT * (peer[:3] - peer[:3].mean()), abs=0.05)


def test_swapped_sides_change_nothing() -> None:
    rows = draw_battles(4, longer=0.3, better=0.2, count=60)
    swapped = [
        {
            **row,
            "model_a": row["model_b"], "model_b": row["model_a"],
            "length_a": row["length_b"], "length_b": row["length_a"],
            "win": {"model_a": "model_b", "model_b": "model_a"}[row["win"]],
        }
        for row in rows
    ]  # fmt: skip
    one, other = compare(rows)["compared"][0]["controlled"], compare(swapped)["compared"][0]["controlled"]
    assert one == pytest.approx(other)


def test_questions_that_are_copies_add_no_certainty() -> None:
    rows = draw_battles(5, longer=0.3, better=0.2, count=60)
    once, fourfold = compare(rows)["compared"][0]["controlled"], compare(rows * 4)["compared"][0]["controlled"]
    assert fourfold["low"] == pytest.approx(once["low"], abs=0.5)


def test_a_judge_that_always_takes_the_longer_leaves_no_finite_effect_and_shows_no_strength() -> None:
    rows = draw_battles(6, longer=0.4, better=0.0, count=80, effect=100.0)
    control = compare(rows)
    assert control["has_prior"]
    assert holds_zero(control["compared"][0]["controlled"])
    assert control["effect"]["low"] > 0
    told = list(describe_length_control({"length_control": control}))
    assert "half a win was added" in told[-1]
    assert "as judged" in told[1]


@pytest.mark.parametrize(
    ("lengths", "case"),
    [
        ((None, None), "none known"),
        ((50, 50), "all equal"),
        ((90, 30), "a constant of the models"),
        (("x", 3), "no number"),
    ],
)
def test_lengths_that_tell_nothing_are_left_alone(lengths: tuple[object, object], case: str) -> None:
    rows = [
        battle_row("cell", "base", win, question_id=number, length_a=lengths[0], length_b=lengths[1])
        for number, win in enumerate(["model_a", "model_b", "tie"] * 4)
    ]
    summary = compute_ratings(build_battles(rows), reference=None, rounds=100, seed=0)
    assert "length_control" not in summary, case
    assert list(describe_length_control(summary)) == []


def test_battles_without_lengths_are_counted_out() -> None:
    rows = draw_battles(7, longer=0.2, better=0.0, count=50)
    bare = [{key: value for key, value in row.items() if not key.startswith("length")} for row in rows[:20]]
    other = battle_row("cell", "other", "tie", question_id="x")
    control = compare([*bare, *rows[20:], other])
    assert control["battles"] == 30
    assert set(control["bradley_terry"]) == {"cell", "base"}
