"""The command `hackmentor review`, and its following of a grid."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from hackmentor.cli import main
from hackmentor.review.watch_files import take_snapshot
from tests.conftest import REPOSITORY
from tests.review import synthetic_grid

COMMAND = [sys.executable, "-m", "hackmentor.review", "experiment=embedded", "tracker=none"]


def test_the_command_to_reproduce_a_cell_is_one_that_train_takes(workplace: Path) -> None:
    (workplace / "outputs" / "embedded").mkdir(parents=True)
    assert main(["review", "experiment=embedded", "review.hourly_price=0.5"]) == 0
    page = (workplace / "outputs" / "embedded" / "review.html").read_text()
    command = page.partition("<pre><code>")[2].partition("</code>")[0]
    assert shlex.split(command)[:2] == ["hackmentor", "train"]
    assert "experiment=embedded" in command
    assert "review." not in command


def test_a_change_of_a_file_or_of_a_state_is_seen_and_the_page_itself_is_none(tmp_path: Path) -> None:
    specs = synthetic_grid.build_specs(tmp_path / "outputs", tmp_path / "data")[:5]
    synthetic_grid.write_training_files(specs, steps=3)
    folder = tmp_path / "outputs" / "made"
    before = take_snapshot(specs, folder)
    (folder / "review.html").write_text("page")
    assert take_snapshot(specs, folder) == before
    with specs[0].folder.metrics.open("a") as stream:
        stream.write("1.0,3,4000,\n")
    os.utime(specs[0].folder.metrics, (0, 0))
    assert take_snapshot(specs, folder) != before
    before = take_snapshot(specs, folder)
    specs[0].folder.done.unlink()
    assert take_snapshot(specs, folder) != before


def test_watching_writes_anew_until_ctrl_c_and_then_a_page_that_stays(workplace: Path) -> None:
    cell = workplace / "outputs" / "embedded" / "smollm2-135m-lora-iio"
    cell.mkdir(parents=True)
    page = workplace / "outputs" / "embedded" / "review.html"
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    with subprocess.Popen([*COMMAND, "review.watch=true"], env=environment, stdout=subprocess.PIPE) as process:
        _until(process, lambda: page.is_file() and 'id="follow"' in page.read_text())
        (cell / "metrics.csv").write_text("loss,step\n2.0,0\n")
        (cell / "train.log").write_text("[2026-01-01 00:00:00,000][x][ERROR] - the disk is on fire\n")
        _until(process, lambda: "the disk is on fire" in page.read_text())
        process.send_signal(signal.SIGINT)
        assert process.wait() == 0
    assert 'id="follow"' not in page.read_text()
    assert "the disk is on fire" in page.read_text()


def test_watching_a_search_shows_trials_that_came_later(workplace: Path) -> None:
    folder = workplace / "outputs" / "adhoc"
    folder.mkdir(parents=True)
    page, environment = folder / "review.html", os.environ | {"PYTHONPATH": str(REPOSITORY)}
    _try(folder, 0)
    command = [sys.executable, "-m", "hackmentor.review", "review.watch=true"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as process:
        _until(process, lambda: page.is_file() and 'id="cell-seed0"' in page.read_text())
        _try(folder, 1)
        _until(process, lambda: 'id="cell-seed1"' in page.read_text())
        (folder / "seed1").mkdir()
        (folder / "seed1" / "train.log").write_text("[2026-01-01 00:00:00,000][x][ERROR] - the disk is on fire\n")
        _until(process, lambda: "the disk is on fire" in page.read_text())
        process.send_signal(signal.SIGINT)
        assert process.wait() == 0
    assert 'id="cell-seed1"' in page.read_text()


def _try(folder: Path, number: int) -> None:
    cell = {"name": f"seed{number}", "overrides": [f"seed={number}", f"name=seed{number}"], "values": {"seed": number}}
    with (folder / "search.jsonl").open("a") as journal:
        journal.write(json.dumps({"op_code": 8, "trial_id": number, "user_attr": {"cell": cell}}) + "\n")


def _until(process: subprocess.Popen[bytes], seen: Callable[[], bool]) -> None:
    while not seen():
        try:
            process.wait(0.1)
        except subprocess.TimeoutExpired:
            continue
        raise AssertionError("it ended on its own")
