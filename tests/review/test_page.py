"""The parts of a review that are files in and text out; what a browser makes of them is in test_browser.py."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from hackmentor.cell.folder import CellFolder
from hackmentor.cell.state import read_cell_state
from hackmentor.review.cell_report import read_cell
from hackmentor.review.config_diff import diff_configs, diff_trained_and_requested
from hackmentor.review.experiment import Experiment, read_experiment
from hackmentor.review.leaderboard import build_leaderboard
from hackmentor.review.measure_details import compare_with_base
from hackmentor.review.option_effects import summarise_option_effects
from hackmentor.review.page import build_content_security_policy, encode_script_json, render_page
from hackmentor.review.question_samples import sample_questions
from hackmentor.review.read_files import clip_text
from hackmentor.runtime.duration import format_duration
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.files import read_json_object
from hackmentor.runtime.lock import lock_held
from tests.review import synthetic_grid


@pytest.fixture(scope="module")
def forty(tmp_path_factory: pytest.TempPathFactory) -> Experiment:
    """A grid of 40 cells, of which 36 are done, evaluated."""
    folder = tmp_path_factory.mktemp("forty")
    specs = synthetic_grid.build_specs(folder / "outputs", folder / "data")
    synthetic_grid.write_training_files(specs)
    synthetic_grid.write_evaluation_files(specs)
    return read_experiment("made", specs, folder / "outputs" / "made")


def test_forty_cells_and_their_bases_are_in_one_small_page(forty: Experiment) -> None:
    page = render_page(forty)
    assert len(page.encode()) < 8_000_000
    assert len(forty.rows) == 40 + 5
    for row in forty.rows:
        assert f'data-name="{row.name}"' in page
    assert forty.verdict["paragraph"] in page


def test_rows_are_ranked_and_differ_from_their_base_as_the_verdict_says(forty: Experiment) -> None:
    compared = [row for row in forty.rows if row.rank]
    assert [row.name for row in compared] == forty.verdict["ranking"]
    finding = next(one for one in forty.verdict["findings"] if one["measure"] == "loss iio")
    row = next(row for row in forty.rows if row.name == finding["cell"])
    assert row.values[0].number == finding["value"]
    assert row.values[0].outcome == finding["outcome"]
    assert row.values[0].delta.startswith(f"{finding['difference']:+.3f} [")
    assert [row.name for row in forty.rows if not row.rank] == sorted(cell.spec.name for cell in forty.cells[-4:])


def test_each_run_of_a_configuration_has_its_finding_and_not_worse_is_told(forty: Experiment) -> None:
    verdict = json.loads(json.dumps(forty.verdict))
    first, second = (cell.spec.name for cell in forty.cells[:2])
    finding = next(one for one in verdict["findings"] if one["measure"] == "loss iio")
    runs = [{"cell": name, "value": 1.0, "difference": 0.1} for name in (first, second)]
    finding |= {"cell": "folded", "outcome": "not worse", "runs": runs}
    verdict["findings"] = [finding]
    rows = build_leaderboard(forty.cells, verdict)
    told = {row.name: row.values[0].outcome for row in rows if row.kind == "cell" and row.values[0].outcome}
    assert told == {first: "not worse", second: "not worse"}
    assert [one.outcome for one in compare_with_base(second, verdict)] == ["not worse"]
    assert render_page(replace(forty, rows=rows, verdict=verdict)).count("✓ ") >= 2
    effects = [effect for effect in summarise_option_effects(forty.cells, verdict) if effect.compared]
    assert all(effect.none_shown == effect.compared for effect in effects)


def test_pairs_are_seen_from_both_sides(forty: Experiment) -> None:
    one = forty.ratings["pairs"][0]
    wins, ties, losses = forty.pairs[one["model_a"], one["model_b"]]
    assert forty.pairs[one["model_b"], one["model_a"]] == (losses, ties, wins)
    assert wins + ties + losses == 8


def test_the_state_of_each_cell_is_shown(forty: Experiment) -> None:
    last = [cell.state for cell in forty.cells[-4:]]
    assert [one.state for one in last] == ["failed", "stopped", "cut off", "not started"]
    assert last[0].reason == synthetic_grid.FAILURE
    assert last[1].reason.startswith("stopped by SIGTERM")
    assert "400 records" in last[2].reason


def test_a_cell_that_is_locked_is_running(tmp_path: Path) -> None:
    folder = CellFolder(tmp_path / "cell")
    with lock_held(folder.lock):
        running = read_cell_state(folder)
    assert running.state == "running"
    assert "is being trained by process" in running.reason


def test_curves_are_thinned_and_keep_both_ends(forty: Experiment) -> None:
    curve = forty.cells[0].training_curve
    assert (curve.steps[0], curve.steps[-1]) == (0, 599)
    assert len(curve.steps) + curve.left_out == 600
    assert len(curve.steps) <= 241
    assert forty.cells[0].validation_curve.steps == [149, 299, 449, 599]


def test_a_loss_that_is_no_number_is_no_point(tmp_path: Path) -> None:
    spec = synthetic_grid.build_specs(tmp_path / "outputs", tmp_path / "data")[0]
    spec.folder.path.mkdir(parents=True)
    spec.folder.metrics.write_text("loss,step,val_loss\nnan,0,\n1.5,1,\ninf,2,\nhalf,3")
    assert read_cell(spec).training_curve.losses == [1.5]


def test_differences_are_of_what_decides_the_weights() -> None:
    common = {"seed": 0, "paths": {"outputs": "x"}}
    found = diff_configs(
        {
            "a": {**common, "name": "a", "train": {"cutoff": 512}},
            "b": {**common, "name": "b", "train": {"cutoff": 1024}, "paths": {"outputs": "y"}},
            "c": {**common, "name": "c", "train": {"cutoff": 1024}},
        }
    )
    assert [(diff.key, diff.value, diff.other_values) for diff in found["a"]] == [("train.cutoff", "512", "1024")]
    assert [(diff.key, diff.value, diff.other_values) for diff in found["b"]] == [("train.cutoff", "1024", "512")]


def test_a_folder_that_holds_another_configuration_is_reported(tmp_path: Path) -> None:
    trained, requested = {"train": {"cutoff": 512}, "seed": 0, "name": "a"}, {"train": {"cutoff": 1024}, "seed": 0}
    (diff,) = diff_trained_and_requested(trained, requested)
    assert (diff.key, diff.value, diff.other_values) == ("train.cutoff", "512", "1024")
    specs = synthetic_grid.build_specs(tmp_path / "outputs", tmp_path / "data")
    synthetic_grid.write_training_files(specs, steps=3)
    specs[0].folder.config.write_text(specs[0].folder.config.read_text().replace("0.0002", "0.5"))
    page = render_page(read_experiment("made", specs, tmp_path / "outputs" / "made"))
    assert page.count("another configuration than this command makes") == 1
    assert "<code>optimizer.lr</code> was 0.5, now 0.0002" in page


def test_a_data_set_that_was_built_anew_is_reported(forty: Experiment, tmp_path: Path) -> None:
    specs = synthetic_grid.build_specs(tmp_path / "outputs", tmp_path / "data")[:1]
    synthetic_grid.write_training_files([*specs, *[specs[0]] * 4])
    (tmp_path / "data" / specs[0].data / "card.json").write_text(json.dumps({"files": {"train.jsonl": "0"}}))
    (steps,) = read_experiment("made", specs, tmp_path / "outputs" / "made").lineages.values()
    (warning,) = [step.warning for step in steps if step.kind == "data set"]
    assert "train.jsonl" in warning
    whole = [step.kind for step in forty.lineages[specs[0].name]]
    assert whole == ["source", "source", "data set", "base", "adapter", "answers", "verdict"]


def test_a_grid_that_is_not_evaluated_says_so(tmp_path: Path) -> None:
    specs = synthetic_grid.build_specs(tmp_path / "outputs", tmp_path / "data")
    synthetic_grid.write_training_files(specs, steps=9)
    page = render_page(read_experiment("made", specs, tmp_path / "outputs" / "made"))
    assert "Not evaluated yet: 36 of 40 cells are trained" in page
    assert 'id="arena"' not in page


def test_a_grid_of_which_nothing_is_there_has_a_page(tmp_path: Path) -> None:
    specs = synthetic_grid.build_specs(tmp_path / "outputs", tmp_path / "data")
    experiment = read_experiment("made", specs, tmp_path)
    assert {row.state for row in experiment.rows} == {"not started", "not compared"}
    assert "Not evaluated yet: 0 of 40" in render_page(experiment)


def test_a_file_that_is_no_json_is_named(tmp_path: Path) -> None:
    (tmp_path / "verdict.json").write_text('{"half')
    with pytest.raises(UserError, match=r"verdict\.json: is not JSON"):
        read_json_object(tmp_path / "verdict.json")


def test_questions_come_evenly_and_incomplete_lines_are_counted(tmp_path: Path) -> None:
    line = '{{"question_id": "{0}/{1}", "set": "{0}", "question": "q", "text": "t", "stop": "end"}}\n'
    lines = [line.format(name, place) for name in ("turn", "iio") for place in range(9)]
    (tmp_path / "answers.jsonl").write_text("".join(lines) + '{"question_id": ')
    found, unread = sample_questions({"me": tmp_path}, max_questions=4)
    assert [one.set for one in found] == ["turn", "turn", "iio", "iio"]
    assert unread == {"me": 1}


HOSTILE = "</script><script>alert(1)</script><!-- & \u2028 \ud800"


def test_data_cannot_leave_its_script_element() -> None:
    text = encode_script_json({"said": HOSTILE, "loss": float("nan")})
    assert text.isascii()
    assert not re.search("[<>&]", text)
    assert json.loads(text) == {"said": HOSTILE, "loss": None}


def test_the_policy_allows_these_scripts_and_no_other() -> None:
    # The hash of nothing.
    assert "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" in build_content_security_policy("")
    assert build_content_security_policy("a").startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in build_content_security_policy("a").partition("style-src")[0]


def test_a_clipped_text_says_how_much_is_missing() -> None:
    assert clip_text("x" * 10, 10) == "x" * 10
    assert clip_text("x" * 1500, 1000) == "x" * 1000 + " … (500 characters more)"


@pytest.mark.parametrize(
    ("seconds", "expected"), [(None, "–"), (42.4, "42 s"), (59.9, "60 s"), (200, "3 min 20 s"), (7500, "2 h 5 min")]
)
def test_durations(seconds: float | None, expected: str) -> None:
    assert format_duration(seconds) == expected
