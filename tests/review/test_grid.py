"""What a review says of a grid beyond its leaderboard: choices, battles, parts of measurements, pace, cost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hackmentor.review.cell_report import read_cell
from hackmentor.review.experiment import Experiment, read_experiment
from hackmentor.review.option_effects import neighbours
from hackmentor.review.page import render
from hackmentor.review.sample_battles import MOST, as_rows, fought
from hackmentor.runtime.lock import locked
from tests.review import synthetic_grid as made


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("grid")


@pytest.fixture(scope="module")
def forty(folder: Path) -> Experiment:
    plans = made.plans(folder / "outputs", folder / "data")
    made.train(plans, steps=30)
    made.evaluate(plans)
    return read_experiment("made", plans, folder / "outputs" / "made", hourly_price=2)


def test_each_choice_counts_its_cells_and_how_they_ended(forty: Experiment) -> None:
    by_choice = {(one.key, one.value): one for one in forty.choices}
    assert set(by_choice) == {
        *(("base", name) for name in made.SIZES),
        *(("size", size) for sizes in made.SIZES.values() for size in sizes),
        *(("method", name) for name in ("lora", "full")),
        *(("data", name) for name in ("iio", "turn", "attack", "mixed")),
    }
    full = by_choice["method", "full"]
    found = [one for one in forty.verdict["findings"] if one["measure"] == "loss iio" and "-full-" in one["cell"]]
    assert (full.cells, full.compared) == (20, 16)
    assert full.better == sum(one["outcome"] == "better" for one in found)
    assert full.better + full.none_shown + full.worse == 16


def test_neighbours_differ_in_one_choice(forty: Experiment) -> None:
    plans = [cell.plan for cell in forty.cells]
    plan = next(plan for plan in plans if plan.name == "qwen3-8b-lora-iio")
    assert {key: [one.name for one in alike] for key, alike in neighbours(plan, plans)} == {
        "size": ["qwen3-0.6b-lora-iio"],
        "method": ["qwen3-8b-full-iio"],
        "data": ["qwen3-8b-lora-turn", "qwen3-8b-lora-attack", "qwen3-8b-lora-mixed"],
    }


def test_battles_with_the_own_base_and_among_the_best_are_shown_and_the_others_counted(forty: Experiment) -> None:
    shown = forty.fought["iio/q3"]
    assert len(shown.shown) == MOST
    assert len(shown.shown) + shown.left_out == 41 * 40 / 2
    pairs = [{one.a, one.b} for one in shown.shown]
    assert all({name, base} in pairs for name, base in forty.verdict["bases"].items())
    assert set(forty.verdict["ranking"][:2]) in pairs
    names = [row.name for row in forty.rows]
    first = shown.shown[0]
    a, b, winner, judge, reason = as_rows(forty.fought, names)["iio/q3"]["rows"][0]
    assert (names[a], names[b], names[winner] if winner is not None else "") == (first.a, first.b, first.winner)
    assert (judge, reason) == ("reference", "made: closer to the reference on q3")


def test_a_torn_line_of_battles_is_counted(tmp_path: Path) -> None:
    row = {"question_id": "iio/q0", "model_a": "a", "model_b": "b", "win": "tie", "judge": "me", "reason": "x" * 900}
    (tmp_path / "battles.jsonl").write_text(json.dumps(row) + "\n" + json.dumps(row)[:30])
    found, unread = fought(tmp_path, {"iio/q0"}, {}, [])
    assert unread == 1
    (one,) = found["iio/q0"].shown
    assert one.winner == ""
    assert one.reason == "x" * 240 + " … (660 characters more)"


def test_measures_and_their_parts_are_told_beside_the_base(forty: Experiment) -> None:
    cell = "qwen3-8b-lora-iio"
    finding = next(one for one in forty.verdict["findings"] if (one["cell"], one["measure"]) == (cell, "exam"))
    told = next(one for one in forty.compared[cell] if one.title == "exam, share right")
    assert (told.base, told.own) == (f"{finding['base_value']:.1%}", f"{finding['value']:.1%}")
    parts = {part.title: part for part in forty.details[cell]}
    assert (parts["held-out loss, turn"].base, parts["held-out loss, turn"].own) == ("0.800", "1.700")
    assert parts["held-out loss, turn"].items == "1 records, 1 of them in part"
    assert (parts["exam: mitigations"].base, parts["exam: mitigations"].own) == ("20%", "42%")


def test_what_training_cost_is_told_where_an_hour_has_a_price(forty: Experiment, folder: Path) -> None:
    facts = {fact.label: fact for fact in forty.headline}
    assert facts["training"].value == "37 h 12 min, $74.41"  # 36 cells of 3,720.5 seconds
    assert facts["cells"].value == "36 of 40 done"
    assert facts["first among the cells"].value == next(
        name for name in forty.verdict["ranking"] if name in forty.verdict["bases"]
    )
    page = render(forty)
    assert page.count("<dt>cost of training</dt><dd>$2.07</dd>") == 36
    without = read_experiment("made", [cell.plan for cell in forty.cells], folder / "outputs" / "made")
    assert "cost of training" not in render(without)


def test_a_cell_that_runs_tells_how_long_it_will_take(tmp_path: Path) -> None:
    plans = made.plans(tmp_path / "outputs", tmp_path / "data")
    made.train(plans, steps=600)
    cut_off = plans[-2]
    assert str(read_cell(cut_off).pace) == "step 200 of 600"
    with locked(cut_off.folder.lock):
        assert str(read_cell(cut_off).pace) == "step 200 of 600, 2 min 0 s left"
        page = render(read_experiment("made", plans, tmp_path / "outputs" / "made"))
    assert "<small>step 200 of 600, 2 min 0 s left</small>" in page
