"""The cells of a grid, a line each."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from hackmentor.review.cells import CellReport
from hackmentor.review.duration import duration
from hackmentor.review.state import State
from hackmentor.terminal import inert

_STYLES: dict[State, str] = {
    "done": "green",
    "running": "cyan",
    "failed": "red",
    "cut off": "yellow",
    "stopped": "yellow",
}


def show(name: str, cells: Sequence[CellReport], console: Console) -> None:
    """Prints one line a cell, and why each that did not end well did not."""
    table = Table(title=name, title_justify="left")
    table.add_column("cell", overflow="fold")
    table.add_column("state", no_wrap=True)
    for column in ("steps", "loss", "held-out", "tokens/s", "time"):
        table.add_column(column, justify="right")
    for cell in cells:
        state = cell.progress.state
        table.add_row(cell.plan.name, f"[{_STYLES.get(state, 'dim')}]{state}[/]", *_figures(cell))
    console.print(table)
    for cell in cells:
        if cell.progress.why:
            console.print(f"{cell.plan.name}: {escape(inert(cell.progress.why))}", soft_wrap=True, highlight=False)


def _figures(cell: CellReport) -> list[str]:
    training, validation = cell.training, cell.validation
    return [
        f"{training.steps[-1] + 1:,}" if training.steps else "",
        f"{training.losses[-1]:.3f}" if training.losses else "",
        f"{validation.losses[-1]:.3f}" if validation.losses else "",
        f"{cell.tokens_per_second:,.0f}" if cell.tokens_per_second else "",
        duration(cell.figures["wall_seconds"]) if "wall_seconds" in cell.figures else "",
    ]
