"""The parts of a review that are files in and text out; what a browser makes of them is in test_browser.py."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from hackmentor.cell.folder import CellFolder
from hackmentor.cell.state import progress_of
from hackmentor.review.cell_report import read_cell
from hackmentor.review.config_diff import changed, differing
from hackmentor.review.experiment import Experiment, read_experiment
from hackmentor.review.page import embedded, policy, render
from hackmentor.review.question_samples import samples
from hackmentor.review.read_files import clipped, read_object
from hackmentor.runtime.duration import duration
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.lock import locked
from tests.review import synthetic_grid as made


@pytest.fixture(scope="module")
def forty(tmp_path_factory: pytest.TempPathFactory) -> Experiment:
    """A grid of 40 cells, of which 36 are done, evaluated."""
    folder = tmp_path_factory.mktemp("forty")
    plans = made.plans(folder / "outputs", folder / "data")
    made.train(plans)
    made.evaluate(plans)
    return read_experiment("made", plans, folder / "outputs" / "made")


def test_forty_cells_and_their_bases_are_in_one_small_page(forty: Experiment) -> None:
    page = render(forty)
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
    assert row.values[0].difference.startswith(f"{finding['difference']:+.3f} [")
    assert [row.name for row in forty.rows if not row.rank] == sorted(cell.plan.name for cell in forty.cells[-4:])


def test_pairs_are_seen_from_both_sides(forty: Experiment) -> None:
    one = forty.ratings["pairs"][0]
    wins, ties, losses = forty.pairs[one["model_a"], one["model_b"]]
    assert forty.pairs[one["model_b"], one["model_a"]] == (losses, ties, wins)
    assert wins + ties + losses == 8


def test_the_end_of_each_cell_is_told(forty: Experiment) -> None:
    last = [cell.progress for cell in forty.cells[-4:]]
    assert [one.state for one in last] == ["failed", "stopped", "cut off", "not started"]
    assert last[0].why == made.FAILURE
    assert last[1].why.startswith("stopped by SIGTERM")
    assert "400 records" in last[2].why


def test_a_cell_that_is_locked_is_running(tmp_path: Path) -> None:
    folder = CellFolder(tmp_path / "cell")
    with locked(folder.lock):
        running = progress_of(folder)
    assert running.state == "running"
    assert "is being trained by process" in running.why


def test_curves_are_thinned_and_keep_both_ends(forty: Experiment) -> None:
    curve = forty.cells[0].training
    assert (curve.steps[0], curve.steps[-1]) == (0, 599)
    assert len(curve.steps) + curve.left_out == 600
    assert len(curve.steps) <= 241
    assert forty.cells[0].validation.steps == [149, 299, 449, 599]


def test_a_loss_that_is_no_number_is_no_point(tmp_path: Path) -> None:
    plan = made.plans(tmp_path / "outputs", tmp_path / "data")[0]
    plan.folder.path.mkdir(parents=True)
    plan.folder.metrics.write_text("loss,step,val_loss\nnan,0,\n1.5,1,\ninf,2,\nhalf,3")
    assert read_cell(plan).training.losses == [1.5]


def test_differences_are_of_what_decides_the_weights() -> None:
    common = {"seed": 0, "paths": {"outputs": "x"}}
    found = differing(
        {
            "a": {**common, "name": "a", "train": {"cutoff": 512}},
            "b": {**common, "name": "b", "train": {"cutoff": 1024}, "paths": {"outputs": "y"}},
            "c": {**common, "name": "c", "train": {"cutoff": 1024}},
        }
    )
    assert [(one.key, one.own, one.others) for one in found["a"]] == [("train.cutoff", "512", "1024")]
    assert [(one.key, one.own, one.others) for one in found["b"]] == [("train.cutoff", "1024", "512")]


def test_a_folder_that_holds_another_configuration_is_told(tmp_path: Path) -> None:
    (one,) = changed({"train": {"cutoff": 512}, "seed": 0, "name": "a"}, {"train": {"cutoff": 1024}, "seed": 0})
    assert (one.key, one.own, one.others) == ("train.cutoff", "512", "1024")
    plans = made.plans(tmp_path / "outputs", tmp_path / "data")
    made.train(plans, steps=3)
    plans[0].folder.config.write_text(plans[0].folder.config.read_text().replace("0.0002", "0.5"))
    page = render(read_experiment("made", plans, tmp_path / "outputs" / "made"))
    assert page.count("another configuration than this command makes") == 1
    assert "<code>optimizer.lr</code> was 0.5, now 0.0002" in page


def test_a_data_set_that_was_built_anew_is_told(forty: Experiment, tmp_path: Path) -> None:
    plans = made.plans(tmp_path / "outputs", tmp_path / "data")[:1]
    made.train([*plans, *[plans[0]] * 4])
    (tmp_path / "data" / plans[0].data / "card.json").write_text(json.dumps({"files": {"train.jsonl": "0"}}))
    (links,) = read_experiment("made", plans, tmp_path / "outputs" / "made").lineages.values()
    (told,) = [link.warning for link in links if link.kind == "data set"]
    assert "train.jsonl" in told
    whole = [link.kind for link in forty.lineages[plans[0].name]]
    assert whole == ["source", "source", "data set", "base", "adapter", "answers", "verdict"]


def test_a_grid_that_is_not_evaluated_says_so(tmp_path: Path) -> None:
    plans = made.plans(tmp_path / "outputs", tmp_path / "data")
    made.train(plans, steps=9)
    page = render(read_experiment("made", plans, tmp_path / "outputs" / "made"))
    assert "Not evaluated yet: 36 of 40 cells are trained" in page
    assert 'id="arena"' not in page


def test_a_grid_of_which_nothing_is_there_has_a_page(tmp_path: Path) -> None:
    plans = made.plans(tmp_path / "outputs", tmp_path / "data")
    experiment = read_experiment("made", plans, tmp_path)
    assert {row.state for row in experiment.rows} == {"not started", "not compared"}
    assert "Not evaluated yet: 0 of 40" in render(experiment)


def test_a_file_that_is_no_json_is_named(tmp_path: Path) -> None:
    (tmp_path / "verdict.json").write_text('{"half')
    with pytest.raises(UserError, match=r"verdict\.json: is not JSON"):
        read_object(tmp_path / "verdict.json")


def test_questions_come_evenly_and_torn_lines_are_counted(tmp_path: Path) -> None:
    line = '{{"question_id": "{0}/{1}", "set": "{0}", "question": "q", "text": "t", "stop": "end"}}\n'
    lines = [line.format(name, place) for name in ("turn", "iio") for place in range(9)]
    (tmp_path / "answers.jsonl").write_text("".join(lines) + '{"question_id": ')
    found, unread = samples({"me": tmp_path}, most=4)
    assert [one.set for one in found] == ["turn", "turn", "iio", "iio"]
    assert unread == {"me": 1}


HOSTILE = "</script><script>alert(1)</script><!-- & \u2028 \ud800"


def test_data_cannot_leave_its_script_element() -> None:
    text = embedded({"said": HOSTILE, "loss": float("nan")})
    assert text.isascii()
    assert not re.search("[<>&]", text)
    assert json.loads(text) == {"said": HOSTILE, "loss": None}


def test_the_policy_allows_these_scripts_and_no_other() -> None:
    assert "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" in policy("")  # the well-known hash of nothing
    assert policy("a").startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy("a").partition("style-src")[0]


def test_clipped_says_what_is_missing() -> None:
    assert clipped("x" * 10, 10) == "x" * 10
    assert clipped("x" * 1500, 1000) == "x" * 1000 + " … (500 characters more)"


@pytest.mark.parametrize(
    ("seconds", "said"), [(None, "–"), (42.4, "42 s"), (59.9, "60 s"), (200, "3 min 20 s"), (7500, "2 h 5 min")]
)
def test_durations(seconds: float | None, said: str) -> None:
    assert duration(seconds) == said
