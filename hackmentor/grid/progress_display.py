"""Shows the progress of a running grid: a live line per cell on a terminal, elsewhere a report now and then."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from hackmentor.cell.state import read_training_progress
from hackmentor.grid.cell_process import CellProcess
from hackmentor.runtime.duration import format_duration
from hackmentor.runtime.terminal import escape_control_characters, truncate_text

# The terminal or the reader of the pipe is gone (for the latter rich exits): no reason to end the grid.
_OUTPUT_CLOSED = (OSError, SystemExit)


class ProgressDisplay:
    """Shows cells that start, run and end.

    Args:
        console: where to; None is standard output.
        interval_seconds: between two reports on the running cells, where there is no terminal.
    """

    def __init__(self, console: Console | None = None, interval_seconds: float = 60.0) -> None:
        self._console = console or Console(highlight=False)
        self._interval_seconds = interval_seconds if not self._console.is_terminal else 0.5
        self._live = Live(console=self._console, auto_refresh=False, transient=True)
        self._shown_at = time.monotonic()

    def __enter__(self) -> ProgressDisplay:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._console.is_terminal:
            with contextlib.suppress(*_OUTPUT_CLOSED):
                self._live.stop()

    def show_start(self, process: CellProcess) -> None:
        """Reports that a cell's process was started."""
        self._print_line(process.name, "begins")

    def show_end(self, process: CellProcess, failure: Exception | None) -> None:
        """Reports that a cell's process has ended, with its held-out loss or its error."""
        elapsed = format_duration(time.monotonic() - process.started_at)
        if failure is None:
            loss = process.folder.read_held_out_loss()
            self._print_line(process.name, f"done in {elapsed}, held-out loss {loss:.4f}", "green")
        else:
            self._print_line(process.name, f"not done, after {elapsed}: {failure}", "red")

    def show_running(self, running: Sequence[CellProcess], waiting_count: int) -> None:
        """Shows how far the running cells are, unless the last report is less than the interval ago."""
        if time.monotonic() - self._shown_at < self._interval_seconds:
            return
        self._shown_at = time.monotonic()
        if not self._console.is_terminal:
            for process in running:
                self._print_line(process.name, ", ".join(_format_progress(process)))
            return
        table = Table.grid(padding=(0, 2))
        for process in running:
            table.add_row(process.name, *_format_progress(process))
        if waiting_count:
            table.add_row(Text(f"{waiting_count} waiting", style="dim"))
        with contextlib.suppress(*_OUTPUT_CLOSED):
            self._live.update(table, refresh=True)

    def _print_line(self, name: str, message: str, style: str = "") -> None:
        clock = time.strftime("%H:%M:%S")
        line = Text(f"{clock}  {name}: {truncate_text(escape_control_characters(message), 300)}", style=style)
        with contextlib.suppress(*_OUTPUT_CLOSED):
            self._console.print(line, soft_wrap=True)


def _format_progress(process: CellProcess) -> list[str]:
    """Step of steps, loss and time left; before the first step only the time since the start."""
    progress = read_training_progress(process.folder)
    if progress is None:
        return [f"loading, {format_duration(time.monotonic() - process.started_at)}"]
    parts = [f"step {progress.step:,} of {progress.steps:,}"]
    if progress.loss is not None:
        parts.append(f"loss {progress.loss:.3f}")
    if progress.seconds_left is not None:
        parts.append(f"{format_duration(progress.seconds_left)} left")
    return parts
