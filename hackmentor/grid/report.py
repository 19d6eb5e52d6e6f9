"""What became of each cell of a grid, as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table


class GridFailedError(Exception):
    """At least one cell of a grid failed; the report has been shown."""


@dataclass(frozen=True)
class CellResult:
    """One cell after a sweep: its held-out loss in nats a token, or the last line of what stopped it."""

    name: str
    folder: Path
    loss: float | None
    failure: str | None


def show(results: Sequence[CellResult]) -> None:
    """Prints one line a cell."""
    table = Table(title="cells", title_justify="left")
    table.add_column("cell", no_wrap=True)
    table.add_column("state")
    table.add_column("held-out loss", justify="right")
    table.add_column("where", overflow="fold")
    for result in results:
        state = "[red]failed[/]" if result.failure else "[green]done[/]"
        loss = "" if result.loss is None else f"{result.loss:.4f}"
        table.add_row(result.name, state, loss, str(result.folder))
    console = Console()
    console.print(table)
    for result in results:
        if result.failure:
            console.print(f"[red]{result.name}[/]: {escape(result.failure)}\n  log: {result.folder / 'train.log'}")
