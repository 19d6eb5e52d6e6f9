"""The trials of a search, a line each."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape

from hackmentor.review.trial_rows import TrialRow
from hackmentor.status.cell_table import fitting, progress, show_reasons, show_states, styled

# Where the terminal is narrow, these go first; a value that was searched over never does.
_DISPENSABLE = ("loss", "tokens/s", "memory", "time", "steps", "left", "trial")


def show_trials(name: str, rows: Sequence[TrialRow], console: Console) -> None:
    """Prints one line a trial, the best first, which is the best, and why each that did not end well did not."""
    columns = [_columns(place, row) for place, row in enumerate(rows, start=1)]
    console.print(fitting(f"{name}, search", columns, console, _DISPENSABLE))
    show_states([row.cell for row in rows], console)
    if rows[0].best:
        values = ", ".join(f"{key}={value}" for key, value in rows[0].values.items() if value)
        told = f"lowest held-out loss: {rows[0].loss:.4f}, {rows[0].cell.plan.name} ({values})"
        console.print(escape(told), soft_wrap=True, highlight=False)
    show_reasons([row.cell for row in rows], console)


def _columns(place: int, row: TrialRow) -> dict[str, str]:
    """What is said of a trial, by column. Beside the loss of one that is not done yet stands no rank."""
    losses = row.cell.validation.losses
    loss = row.loss if row.loss is not None else losses[-1] if losses else None
    return {
        "rank": "" if row.loss is None else f"[bold green]★ {place}[/]" if row.best else str(place),
        "trial": row.numbers,
        "cell": row.cell.plan.name,
        "state": styled(row.cell.progress.state),
        **{key: escape(value) for key, value in row.values.items()},
        **progress(row.cell),
        "held-out": "" if loss is None else f"{loss:.4f}",
    }
