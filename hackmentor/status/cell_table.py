"""The cells of a grid, a line each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.measure import Measurement
from rich.table import Table

from hackmentor.cell.state import State
from hackmentor.review.cell_report import CellReport
from hackmentor.review.leaderboard import Row, board
from hackmentor.runtime.duration import duration
from hackmentor.runtime.terminal import inert

_STYLES: dict[State, str] = {
    "done": "green",
    "running": "cyan",
    "failed": "red",
    "cut off": "yellow",
    "stopped": "yellow",
}
_MARKS = {"better": "[green]▲[/] ", "worse": "[red]▼[/] "}
# Where the terminal is narrow, these go first.
_DISPENSABLE = ("loss", "tokens/s", "memory", "time", "held-out", "steps", "left")


def show(name: str, cells: Sequence[CellReport], verdict: Mapping[str, Any], console: Console) -> None:
    """Prints one line a cell, the best first, the verdict, and why each that did not end well did not."""
    rows = [row for row in board(cells, verdict) if row.kind == "cell"]
    by_name = {cell.plan.name: cell for cell in cells}
    console.print(fitting(name, [_columns(by_name[row.name], row, verdict) for row in rows], console, _DISPENSABLE))
    show_states(cells, console)
    if verdict:
        console.print(escape(inert(verdict["paragraph"])), highlight=False)
    show_reasons(cells, console)


def show_states(cells: Sequence[CellReport], console: Console) -> None:
    """Prints how many cells there are in each state."""
    states = Counter(cell.progress.state for cell in cells)
    console.print(", ".join(f"{count} {state}" for state, count in states.items()), highlight=False)


def show_reasons(cells: Sequence[CellReport], console: Console) -> None:
    """Prints why each cell that did not end well did not."""
    for cell in cells:
        if cell.progress.why:
            console.print(f"{cell.plan.name}: {escape(inert(cell.progress.why))}", soft_wrap=True, highlight=False)


def _columns(cell: CellReport, row: Row, verdict: Mapping[str, Any]) -> dict[str, str]:
    """What is said of a cell, by column; empty where there is nothing yet."""
    return {
        "rank": str(row.rank or ""),
        "cell": row.name,
        "state": styled(cell.progress.state),
        **_decisive(row, verdict),
        **progress(cell),
    }


def styled(state: State) -> str:
    """The word for a state in its colour."""
    return f"[{_STYLES.get(state, 'dim')}]{state}[/]"


def progress(cell: CellReport) -> dict[str, str]:
    """How far a cell is and what it took, by column; empty where there is nothing yet."""
    training, validation, state, figures = cell.training, cell.validation, cell.progress.state, cell.figures
    return {
        "steps": cell.pace.steps if state != "done" else f"{cell.pace.step:,}",
        "left": duration(cell.pace.seconds_left) if cell.pace.seconds_left is not None else "",
        "held-out": f"{validation.losses[-1]:.3f}" if validation.losses else "",
        "time": duration(figures["wall_seconds"]) if "wall_seconds" in figures else "",
        "memory": f"{figures['peak_memory_mb']:,.0f} MB" if "peak_memory_mb" in figures else "",
        "tokens/s": f"{cell.tokens_per_second:,.0f}" if cell.tokens_per_second else "",
        "loss": f"{training.losses[-1]:.3f}" if training.losses else "",
    }


def _decisive(row: Row, verdict: Mapping[str, Any]) -> dict[str, str]:
    """The measure that decides, with a mark where it got better or worse than the base's."""
    for measure, value in zip(verdict.get("measures", []), row.values, strict=True):
        if measure["name"] == verdict["decided_by"]:
            return {measure["name"]: _MARKS.get(value.outcome, "") + value.text}
    return {}


def fitting(name: str, rows: Sequence[Mapping[str, str]], console: Console, dispensable: Sequence[str]) -> Table:
    """A table of the columns in which something is said, no wider than the console, if that can be had by sparing some.

    Args:
        name: its title.
        rows: what they say, by column; the same columns in each.
        console: where it is to go.
        dispensable: columns that may be left out, in this order.
    """
    columns = [(title, [row[title] for row in rows]) for title in rows[0] if any(row[title] for row in rows)]
    for spared in range(len(dispensable) + 1):
        left_out = dispensable[:spared]
        table = _table(name, [column for column in columns if column[0] not in left_out])
        if Measurement.get(console, console.options.update(max_width=10_000), table).maximum <= console.width:
            break
    return table


def _table(name: str, columns: Sequence[tuple[str, list[str]]]) -> Table:
    table = Table(title=name, title_justify="left", box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    for title, _ in columns:
        left = title in ("cell", "state")
        table.add_column(title, justify="left" if left else "right", overflow="fold", no_wrap=title == "state")
    for values in zip(*(column for _, column in columns), strict=True):
        table.add_row(*values)
    return table
