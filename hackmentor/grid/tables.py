"""The tables of a grid: the schedule before it runs, and the outcome of each cell afterwards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table
from rich.text import Text

from hackmentor.cell.folder import CellFolder
from hackmentor.cell.state import StateName, read_cell_state
from hackmentor.config.compose import ImpossibleCell
from hackmentor.grid.schedule import ScheduledCell
from hackmentor.runtime.terminal import escape_control_characters, truncate_text

_STYLES = {"run": "cyan", "wait": "cyan", "done": "green", "failed": "red", "skip": "dim", "skipped": "dim"}
_MAX_LINE_CHARACTERS, _PLAIN_WIDTH = 300, 200


class GridFailedError(Exception):
    """At least one cell of a grid is not done; the report has been printed."""


@dataclass(frozen=True)
class CellOutcome:
    """A cell after a sweep: its held-out loss in nats per token if it is done, otherwise the reason why it is not."""

    name: str
    folder: CellFolder
    state: StateName
    loss: float | None
    reason: str


def build_cell_outcome(cell: ScheduledCell, failures: Mapping[str, Exception]) -> CellOutcome:
    """The outcome of a cell, from its folder.

    Args:
        cell: as scheduled.
        failures: errors of the launcher by the cell's name: the reason where the folder tells none.
    """
    state, failure = read_cell_state(cell.folder), failures.get(cell.name)
    if state.state == "done":
        return CellOutcome(cell.name, cell.folder, "done", cell.folder.read_held_out_loss(), "")
    return CellOutcome(cell.name, cell.folder, state.state, None, state.reason or str(failure or cell.reason))


def print_schedule(scheduled: Sequence[ScheduledCell], impossible: Sequence[ImpossibleCell]) -> None:
    """Prints a line per cell in the order in which they run, those that are skipped last, and how many there are."""
    table = _create_table("plan", "cell", "action", "")
    for cell in scheduled:
        table.add_row(cell.name, _style_state(cell.action), _format_line(cell.reason))
    for skipped in impossible:
        table.add_row(skipped.config.name, _style_state("skip"), _format_line(skipped.reason))
    console = _create_console()
    console.print(table)
    counts = Counter(cell.action for cell in scheduled)
    parts = [f"{counts['run']} to train", f"{counts['done']} done"]
    parts += [f"{counts['wait']} trained by others"] if counts["wait"] else []
    parts += [f"{counts['leave']} left as they failed"] if counts["leave"] else []
    parts += [f"{len(impossible)} impossible"] if impossible else []
    console.print(f"{len(scheduled) + len(impossible)} cells: {', '.join(parts)}")


def print_outcomes(outcomes: Sequence[CellOutcome], impossible: Sequence[ImpossibleCell]) -> None:
    """Prints a line per cell, then for each cell that is not done the reason and the path of its log."""
    table = _create_table("cells", "cell", "state", "held-out loss", "folder, or reason")
    for outcome in outcomes:
        loss = "" if outcome.loss is None else f"{outcome.loss:.4f}"
        table.add_row(outcome.name, _style_state(outcome.state), loss, str(outcome.folder.path))
    for skipped in impossible:
        table.add_row(skipped.config.name, _style_state("skipped"), "", _format_line(skipped.reason))
    console = _create_console()
    console.print(table)
    for line in _format_reasons(outcomes):
        console.print(line, soft_wrap=True)
    counts = Counter(outcome.state for outcome in outcomes) + Counter(skipped=len(impossible))
    console.print(", ".join(f"{count} {state}" for state, count in counts.items()))


def _format_reasons(outcomes: Sequence[CellOutcome]) -> Iterable[Text]:
    for outcome in outcomes:
        if outcome.state != "done":
            log = f"\n  log: {outcome.folder.log}" if outcome.folder.log.is_file() else ""
            head = Text(f"{outcome.name}: {outcome.state}: ", style="red")
            yield head.append(f"{_format_line(outcome.reason)}{log}", style="default")


def _create_console() -> Console:
    """A console on standard output, wide where that is no terminal and has no width."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=_PLAIN_WIDTH)


def _format_line(text: str) -> Text:
    return Text(truncate_text(escape_control_characters(text), _MAX_LINE_CHARACTERS))


def _style_state(state: str) -> Text:
    return Text(state, style=_STYLES.get(state, "yellow"))


def _create_table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", box=None, padding=(0, 2, 0, 0))
    for name in columns:
        table.add_column(name, overflow="fold", justify="right" if name == "held-out loss" else "left")
    return table
