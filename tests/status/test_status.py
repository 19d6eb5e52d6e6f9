"""The states of a grid in the terminal."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from hackmentor.cli import main
from hackmentor.review.cells import read_cell
from hackmentor.status.table import show
from tests.review import made


def test_every_cell_has_a_line_and_every_bad_end_a_reason(tmp_path: Path) -> None:
    plans = made.plans(tmp_path / "outputs", tmp_path / "data")
    made.train(plans, steps=30)
    log = plans[-3].folder.path / "train.log"
    log.write_text(log.read_text() + "[bold]not markup\x1b[2J\n")
    text = io.StringIO()
    show("made", [read_cell(plan) for plan in plans], Console(file=text, width=120))
    said = text.getvalue()
    lines = {plan.name: next(line for line in said.splitlines() if plan.name in line) for plan in plans}
    assert "done" in lines[plans[0].name]
    assert "1 h 2 min" in lines[plans[0].name]
    assert ["failed" in lines[plans[-4].name], "not started" in lines[plans[-1].name]] == [True, True]
    assert f"{plans[-4].name}: {made.FAILURE}" in said
    assert "\x1b[2J" not in said


def test_status_of_what_is_not_there(workplace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "experiment=embedded"]) == 2
    assert "run `hackmentor train` with the same words first" in capsys.readouterr().err
