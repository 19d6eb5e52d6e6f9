"""What became of each run, in the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from hackmentor.runtime.terminal import inert
from hackmentor.sync.run_store import StoredRun


@dataclass(frozen=True)
class Outcome:
    """A run after it was sent: what the server does not have of it, and the last that W&B's client said."""

    run: StoredRun
    missing: Sequence[str]
    said: str


def show(outcomes: Sequence[Outcome], server: str) -> None:
    """One line a run, then the reasons of those that did not arrive."""
    console = Console()
    console.print(_table([(outcome.run, "not all" if outcome.missing else "arrived") for outcome in outcomes]))
    failed = [outcome for outcome in outcomes if outcome.missing]
    for outcome in failed:
        lines = "\n  ".join([*outcome.missing, f"W&B said: {outcome.said}", str(outcome.run.folder)])
        console.print(inert(f"{outcome.run.name}: not at the server:\n  {lines}"), markup=False, soft_wrap=True)
    console.print(
        f"{len(outcomes) - len(failed)} of {len(outcomes)} runs arrived at {server}", markup=False, soft_wrap=True
    )


def show_plan(runs: Sequence[StoredRun]) -> None:
    """What would be sent."""
    Console().print(_table([(run, "whole") for run in runs]))


def _table(rows: Sequence[tuple[StoredRun, str]]) -> Table:
    table = Table(title="runs", title_justify="left")
    for column in ("run", "job", "experiment", "state", "artifacts", "MB", ""):
        table.add_column(column, justify="right" if column in ("artifacts", "MB") else "left")
    for run, outcome in rows:
        figures = str(len(run.artifacts)), f"{run.bytes / 1e6:,.1f}"
        words = (escape(inert(word)) for word in (run.name, run.job, run.group, run.state))
        table.add_row(*words, *figures, outcome)
    return table
