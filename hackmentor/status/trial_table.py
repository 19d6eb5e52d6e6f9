"""A table of the trials of a search, one line each."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape

from hackmentor.review.trial_rows import TrialRow
from hackmentor.status.cell_table import (
    build_progress_columns,
    build_table_to_fit,
    print_other_versions,
    print_reasons,
    print_state_counts,
    style_state,
)

# Dropped in this order where the terminal is narrow; a value that was searched over never is.
_OPTIONAL_COLUMNS = ("loss", "tokens/s", "memory", "time", "steps", "left", "trial")


def print_trial_table(name: str, rows: Sequence[TrialRow], console: Console) -> None:
    """Prints one line a trial, the best first, then which is best, and why each that is not done is not."""
    table_rows = [_build_columns(rank, row) for rank, row in enumerate(rows, start=1)]
    console.print(build_table_to_fit(f"{name}, search", table_rows, console, _OPTIONAL_COLUMNS))
    print_state_counts([row.cell for row in rows], console)
    if rows[0].is_best:
        values = ", ".join(f"{key}={value}" for key, value in rows[0].values.items() if value)
        best = f"lowest held-out loss: {rows[0].loss:.4f}, {rows[0].cell.spec.name} ({values})"
        console.print(escape(best), soft_wrap=True, highlight=False)
    print_reasons([row.cell for row in rows], console)
    print_other_versions([row.cell for row in rows], console)


def _build_columns(rank: int, row: TrialRow) -> dict[str, str]:
    """The texts of a trial by column title. One that is not done has its latest loss and no rank."""
    losses = row.cell.validation_curve.losses
    loss = row.loss if row.loss is not None else losses[-1] if losses else None
    return {
        "rank": "" if row.loss is None else f"[bold green]★ {rank}[/]" if row.is_best else str(rank),
        "trial": row.trial_numbers,
        "cell": row.cell.spec.name,
        "state": style_state(row.cell.state.state),
        **{key: escape(value) for key, value in row.values.items()},
        **build_progress_columns(row.cell),
        "held-out": "" if loss is None else f"{loss:.4f}",
    }
