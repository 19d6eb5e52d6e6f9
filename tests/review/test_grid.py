"""What a review says of a grid beyond its leaderboard: option effects, battles, breakdowns, progress, cost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hackmentor.review.cell_report import read_cell
from hackmentor.review.experiment import Experiment, read_experiment
from hackmentor.review.option_effects import find_cells_one_option_apart
from hackmentor.review.page import render_page
from hackmentor.review.sample_battles import MAX_BATTLES, encode_battles, read_question_battles
from hackmentor.runtime.lock import lock_held
from tests.review import synthetic_grid


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("grid")


@pytest.fixture(scope="module")
def forty(folder: Path) -> Experiment:
    specs = synthetic_grid.build_specs(folder / "outputs", folder / "data")
    synthetic_grid.write_training_files(specs, steps=30)
    synthetic_grid.write_evaluation_files(specs)
    return read_experiment("made", specs, folder / "outputs" / "made", hourly_price=2)


def test_each_option_counts_its_cells_and_their_outcomes(forty: Experiment) -> None:
    by_option = {(effect.group, effect.option): effect for effect in forty.option_effects}
    assert set(by_option) == {
        *(("base", name) for name in synthetic_grid.SIZES),
        *(("size", size) for sizes in synthetic_grid.SIZES.values() for size in sizes),
        *(("method", name) for name in ("lora", "full")),
        *(("data", name) for name in ("iio", "turn", "attack", "mixed")),
    }
    full = by_option["method", "full"]
    findings = [
        finding
        for finding in forty.verdict["findings"]
        if finding["measure"] == "loss iio" and "-full-" in finding["cell"]
    ]
    assert (full.cells, full.compared) == (20, 16)
    assert full.better == sum(finding["outcome"] == "better" for finding in findings)
    assert full.better + full.none_shown + full.worse == 16


def test_cells_one_option_apart(forty: Experiment) -> None:
    specs = [cell.spec for cell in forty.cells]
    spec = next(spec for spec in specs if spec.name == "qwen3-8b-lora-iio")
    assert {group: [other.name for other in apart] for group, apart in find_cells_one_option_apart(spec, specs)} == {
        "size": ["qwen3-0.6b-lora-iio"],
        "method": ["qwen3-8b-full-iio"],
        "data": ["qwen3-8b-lora-turn", "qwen3-8b-lora-attack", "qwen3-8b-lora-mixed"],
    }


def test_battles_with_the_own_base_and_among_the_best_are_shown_and_the_others_counted(forty: Experiment) -> None:
    shown = forty.battles["iio/q3"]
    assert len(shown.shown) == MAX_BATTLES
    assert len(shown.shown) + shown.left_out == 41 * 40 / 2
    pairs = [{battle.contestant_a, battle.contestant_b} for battle in shown.shown]
    assert all({name, base} in pairs for name, base in forty.verdict["bases"].items())
    assert set(forty.verdict["ranking"][:2]) in pairs
    names = [row.name for row in forty.rows]
    first = shown.shown[0]
    a, b, winner, judge, reason = encode_battles(forty.battles, names)["iio/q3"]["rows"][0]
    assert (names[a], names[b], names[winner] if winner is not None else "") == (
        first.contestant_a,
        first.contestant_b,
        first.winner,
    )
    assert (judge, reason) == ("reference", "made: closer to the reference on q3")


def test_an_incomplete_line_of_battles_is_counted(tmp_path: Path) -> None:
    row = {"question_id": "iio/q0", "model_a": "a", "model_b": "b", "win": "tie", "judge": "me", "reason": "x" * 900}
    (tmp_path / "battles.jsonl").write_text(json.dumps(row) + "\n" + json.dumps(row)[:30])
    found, unread = read_question_battles(tmp_path, {"iio/q0"}, {}, [])
    assert unread == 1
    (battle,) = found["iio/q0"].shown
    assert battle.winner == ""
    assert battle.reason == "x" * 240 + " … (660 characters more)"


def test_measures_and_their_parts_are_shown_beside_the_base(forty: Experiment) -> None:
    cell = "qwen3-8b-lora-iio"
    finding = next(one for one in forty.verdict["findings"] if (one["cell"], one["measure"]) == (cell, "exam"))
    comparison = next(one for one in forty.comparisons[cell] if one.title == "exam, share right")
    assert (comparison.base_value, comparison.cell_value) == (f"{finding['base_value']:.1%}", f"{finding['value']:.1%}")
    parts = {part.title: part for part in forty.breakdowns[cell]}
    assert (parts["held-out loss, turn"].base_value, parts["held-out loss, turn"].cell_value) == ("0.800", "1.700")
    assert parts["held-out loss, turn"].items == "1 records, 1 of them in part"
    assert (parts["exam: mitigations"].base_value, parts["exam: mitigations"].cell_value) == ("20%", "42%")


def test_what_training_cost_is_shown_where_an_hour_has_a_price(forty: Experiment, folder: Path) -> None:
    figures = {figure.label: figure for figure in forty.key_figures}
    assert figures["training"].value == "37 h 12 min, $74.41"  # 36 cells of 3,720.5 seconds
    assert figures["cells"].value == "36 of 40 done"
    assert figures["first among the cells"].value == next(
        name for name in forty.verdict["ranking"] if name in forty.verdict["bases"]
    )
    page = render_page(forty)
    assert page.count("<dt>cost of training</dt><dd>$2.07</dd>") == 36
    without = read_experiment("made", [cell.spec for cell in forty.cells], folder / "outputs" / "made")
    assert "cost of training" not in render_page(without)


def test_a_running_cell_shows_the_time_left(tmp_path: Path) -> None:
    specs = synthetic_grid.build_specs(tmp_path / "outputs", tmp_path / "data")
    synthetic_grid.write_training_files(specs, steps=600)
    cut_off = specs[-2]
    assert str(read_cell(cut_off).step_progress) == "step 200 of 600"
    with lock_held(cut_off.folder.lock):
        assert str(read_cell(cut_off).step_progress) == "step 200 of 600, 2 min 0 s left"
        page = render_page(read_experiment("made", specs, tmp_path / "outputs" / "made"))
    assert "<small>step 200 of 600, 2 min 0 s left</small>" in page
