"""What a grid shows while it runs: a line a cell, up to date on a terminal, elsewhere now and then."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from hackmentor.cell.state import told_of
from hackmentor.grid.cell_process import CellProcess
from hackmentor.runtime.duration import duration
from hackmentor.runtime.terminal import inert, shortened

# The terminal is gone, or who read the pipe (then rich ends the program): no reason to end the grid.
_NO_ONE_LOOKS = (OSError, SystemExit)


class Watch:
    """Shows cells that begin, run and end.

    Args:
        console: where to; standard output if there is none.
        every: seconds between two reports on the cells that run, where there is no terminal.
    """

    def __init__(self, console: Console | None = None, every: float = 60.0) -> None:
        self._console = console or Console(highlight=False)
        self._every = every if not self._console.is_terminal else 0.5
        self._live = Live(console=self._console, auto_refresh=False, transient=True)
        self._shown_at = time.monotonic()

    def __enter__(self) -> Watch:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._console.is_terminal:
            with contextlib.suppress(*_NO_ONE_LOOKS):
                self._live.stop()

    def begun(self, process: CellProcess) -> None:
        """A cell's process was started."""
        self._say(process.name, "begins")

    def ended(self, process: CellProcess, failure: Exception | None) -> None:
        """A cell's process has ended."""
        took = duration(time.monotonic() - process.started)
        if failure is None:
            loss = process.folder.loss()
            self._say(process.name, f"done in {took}, held-out loss {loss:.4f}", "green")
        else:
            self._say(process.name, f"not done, after {took}: {failure}", "red")

    def look(self, running: Sequence[CellProcess], waiting: int) -> None:
        """Shows how far those are that run, if it is time to."""
        if time.monotonic() - self._shown_at < self._every:
            return
        self._shown_at = time.monotonic()
        if not self._console.is_terminal:
            for process in running:
                self._say(process.name, ", ".join(_pace(process)))
            return
        table = Table.grid(padding=(0, 2))
        for process in running:
            table.add_row(process.name, *_pace(process))
        if waiting:
            table.add_row(Text(f"{waiting} waiting", style="dim"))
        with contextlib.suppress(*_NO_ONE_LOOKS):
            self._live.update(table, refresh=True)

    def _say(self, name: str, what: str, style: str = "") -> None:
        clock = time.strftime("%H:%M:%S")
        line = Text(f"{clock}  {name}: {shortened(inert(what), 300)}", style=style)
        with contextlib.suppress(*_NO_ONE_LOOKS):
            self._console.print(line, soft_wrap=True)


def _pace(process: CellProcess) -> list[str]:
    """Step of steps, loss, time left; until the first step only how long it has been."""
    pace = told_of(process.folder)
    if pace is None:
        return [f"loading, {duration(time.monotonic() - process.started)}"]
    told = [f"step {pace.step:,} of {pace.steps:,}"]
    told += [f"loss {pace.loss:.3f}"] if pace.loss is not None else []
    return told + ([f"{duration(pace.seconds_left)} left"] if pace.seconds_left is not None else [])
