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

from hackmentor.duration import duration
from hackmentor.review.board import Row, board
from hackmentor.review.cells import CellReport
from hackmentor.state import State
from hackmentor.terminal import inert

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
    columns = _filled({row.name: _columns(by_name[row.name], row, verdict) for row in rows})
    console.print(_fitting(name, columns, console))
    states = Counter(cell.progress.state for cell in cells)
    console.print(", ".join(f"{count} {state}" for state, count in states.items()), highlight=False)
    if verdict:
        console.print(escape(inert(verdict["paragraph"])), highlight=False)
    for cell in cells:
        if cell.progress.why:
            console.print(f"{cell.plan.name}: {escape(inert(cell.progress.why))}", soft_wrap=True, highlight=False)


def _columns(cell: CellReport, row: Row, verdict: Mapping[str, Any]) -> dict[str, str]:
    """What is said of a cell, by column; empty where there is nothing yet."""
    training, validation, state = cell.training, cell.validation, cell.progress.state
    figures = cell.figures
    return {
        "rank": str(row.rank or ""),
        "cell": row.name,
        "state": f"[{_STYLES.get(state, 'dim')}]{state}[/]",
        **_decisive(row, verdict),
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


def _filled(rows: Mapping[str, Mapping[str, str]]) -> list[tuple[str, list[str]]]:
    """The columns in which something is said."""
    titles = list(next(iter(rows.values())))
    columns = [(title, [row[title] for row in rows.values()]) for title in titles]
    return [(title, column) for title, column in columns if any(column)]


def _fitting(name: str, columns: Sequence[tuple[str, list[str]]], console: Console) -> Table:
    """A table that is no wider than the console, if that can be had by leaving out figures."""
    for spared in range(len(_DISPENSABLE) + 1):
        left_out = _DISPENSABLE[:spared]
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
