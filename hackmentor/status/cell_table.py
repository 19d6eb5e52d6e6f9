"""A table of the cells of a grid, one line each, and the parts that it shares with the table of trials."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.measure import Measurement
from rich.table import Table

from hackmentor.cell.state import StateName
from hackmentor.cell.versions import describe_other_versions, read_versions
from hackmentor.review.cell_report import CellReport
from hackmentor.review.leaderboard import LeaderboardRow, build_leaderboard
from hackmentor.runtime.duration import format_duration
from hackmentor.runtime.terminal import escape_control_characters

_STYLES: dict[StateName, str] = {
    "done": "green",
    "running": "cyan",
    "failed": "red",
    "cut off": "yellow",
    "stopped": "yellow",
}
_OUTCOME_MARKS = {"better": "[green]▲[/] ", "worse": "[red]▼[/] ", "not worse": "[cyan]✓[/] "}
# Dropped in this order where the terminal is narrow.
_OPTIONAL_COLUMNS = ("loss", "tokens/s", "memory", "time", "held-out", "steps", "left")


def print_cell_table(name: str, cells: Sequence[CellReport], verdict: Mapping[str, Any], console: Console) -> None:
    """Prints one line a cell, the best first, then the counts of states, the verdict and the reasons of failures."""
    rows = [row for row in build_leaderboard(cells, verdict) if row.kind == "cell"]
    by_name = {cell.spec.name: cell for cell in cells}
    table_rows = [_build_columns(by_name[row.name], row, verdict) for row in rows]
    console.print(build_table_to_fit(name, table_rows, console, _OPTIONAL_COLUMNS))
    print_state_counts(cells, console)
    if verdict:
        console.print(escape(escape_control_characters(verdict["paragraph"])), highlight=False)
    print_reasons(cells, console)
    print_other_versions(cells, console)


def print_state_counts(cells: Sequence[CellReport], console: Console) -> None:
    """Prints how many cells there are in each state."""
    counts = Counter(cell.state.state for cell in cells)
    console.print(", ".join(f"{count} {state}" for state, count in counts.items()), highlight=False)


def print_reasons(cells: Sequence[CellReport], console: Console) -> None:
    """Prints why each cell that is not done is not."""
    for cell in cells:
        if cell.state.reason:
            reason = escape(escape_control_characters(cell.state.reason))
            console.print(f"{cell.spec.name}: {reason}", soft_wrap=True, highlight=False)


def print_other_versions(cells: Sequence[CellReport], console: Console) -> None:
    """Prints which cells were made with other versions of HackMentor or its libraries than those here."""
    names: dict[str, list[str]] = {}
    for cell in cells:
        if others := describe_other_versions(read_versions(cell.spec.folder)):
            names.setdefault(others, []).append(cell.spec.name)
    for others, made_with in names.items():
        line = f"made with {others}: {', '.join(made_with)}"
        console.print(escape(escape_control_characters(line)), soft_wrap=True, highlight=False)


def _build_columns(cell: CellReport, row: LeaderboardRow, verdict: Mapping[str, Any]) -> dict[str, str]:
    """The texts of a cell by column title, empty for what is not known yet."""
    return {
        "rank": str(row.rank or ""),
        "cell": row.name,
        "state": style_state(cell.state.state),
        **_build_deciding_column(row, verdict),
        **build_progress_columns(cell),
    }


def style_state(state: StateName) -> str:
    """The name of a state in its colour, as Rich markup."""
    return f"[{_STYLES.get(state, 'dim')}]{state}[/]"


def build_progress_columns(cell: CellReport) -> dict[str, str]:
    """How far a cell is and what it took, by column title; empty for what is not known yet."""
    progress, figures = cell.step_progress, cell.figures
    training, validation = cell.training_curve, cell.validation_curve
    return {
        "steps": progress.steps_text if cell.state.state != "done" else f"{progress.step:,}",
        "left": format_duration(progress.seconds_left) if progress.seconds_left is not None else "",
        "held-out": f"{validation.losses[-1]:.3f}" if validation.losses else "",
        "time": format_duration(figures["wall_seconds"]) if "wall_seconds" in figures else "",
        "memory": f"{figures['peak_memory_mb']:,.0f} MB" if "peak_memory_mb" in figures else "",
        "tokens/s": f"{cell.tokens_per_second:,.0f}" if cell.tokens_per_second else "",
        "loss": f"{training.losses[-1]:.3f}" if training.losses else "",
    }


def _build_deciding_column(row: LeaderboardRow, verdict: Mapping[str, Any]) -> dict[str, str]:
    """The measure that decides the verdict, with a mark where the cell is better or worse than its base."""
    for measure, value in zip(verdict.get("measures", []), row.values, strict=True):
        if measure["name"] == verdict["decided_by"]:
            return {measure["name"]: _OUTCOME_MARKS.get(value.outcome, "") + value.text}
    return {}


def build_table_to_fit(
    title: str, rows: Sequence[Mapping[str, str]], console: Console, optional_columns: Sequence[str]
) -> Table:
    """A table of the columns that are not empty, no wider than the console if dropping optional ones achieves that.

    Args:
        title: of the table.
        rows: the texts by column title; the same columns in each.
        console: where it will be printed.
        optional_columns: those that may be dropped, in this order.
    """
    columns = [(column, [row[column] for row in rows]) for column in rows[0] if any(row[column] for row in rows)]
    for count in range(len(optional_columns) + 1):
        dropped = optional_columns[:count]
        table = _build_table(title, [column for column in columns if column[0] not in dropped])
        if Measurement.get(console, console.options.update(max_width=10_000), table).maximum <= console.width:
            break
    return table


def _build_table(title: str, columns: Sequence[tuple[str, list[str]]]) -> Table:
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    for column, _ in columns:
        is_text = column in ("cell", "state")
        table.add_column(column, justify="left" if is_text else "right", overflow="fold", no_wrap=column == "state")
    for values in zip(*(values for _, values in columns), strict=True):
        table.add_row(*values)
    return table
