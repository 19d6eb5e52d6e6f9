"""What is shown of a grid while it runs."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from hackmentor.cell.folder import CellFolder
from hackmentor.grid.cell_process import CellProcess
from hackmentor.grid.progress_display import ProgressDisplay
from hackmentor.runtime.files import write_json


class Torn(io.StringIO):
    """As a pipe that no one reads any more."""

    def write(self, text: str) -> int:
        raise BrokenPipeError


@pytest.fixture
def processes(tmp_path: Path) -> list[CellProcess]:
    """One that has told how far it is, and one that loads."""
    processes = [CellProcess(name, CellFolder(tmp_path / name), pid=1) for name in ("a", "b")]
    told = {"step": 1200, "steps": 5000, "loss": 2.34567, "seconds_left": 3725.0}
    write_json(processes[0].folder.progress, told)
    return processes


@pytest.mark.parametrize("terminal", [True, False])
def test_a_line_for_each_cell_that_runs(processes: list[CellProcess], terminal: bool) -> None:
    text = io.StringIO()
    console = Console(file=text, force_terminal=terminal, width=120, highlight=False)
    with ProgressDisplay(console, interval_seconds=0) as display:
        display._interval_seconds = 0
        display.show_running(processes, waiting_count=7)
    said = text.getvalue()
    for part in ("step 1,200 of 5,000", "loss 2.346", "1 h 2 min left", "loading, 0 s"):
        assert part in said
    assert ("7 waiting" in said) == terminal


def test_the_end_of_a_cell_is_a_line(processes: list[CellProcess]) -> None:
    text = io.StringIO()
    write_json(processes[0].folder.card, {"figures": {"val_loss": 1.23456}})
    with ProgressDisplay(Console(file=text, width=80)) as display:
        display.show_end(processes[0], None)
        display.show_end(processes[1], RuntimeError("\x1b[2Jno luck"))
    first, second = text.getvalue().splitlines()
    assert "a: done in 0 s, held-out loss 1.2346" in first
    assert "b: not done, after 0 s: \\x1b[2Jno luck" in second


def test_that_no_one_looks_is_no_error(processes: list[CellProcess]) -> None:
    with ProgressDisplay(Console(file=Torn()), interval_seconds=0) as display:
        display.show_start(processes[0])
        display.show_running(processes, waiting_count=0)
