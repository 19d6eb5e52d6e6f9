"""Which runs arrived at the server and which did not, in the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from hackmentor.runtime.terminal import escape_control_characters
from hackmentor.sync.run_store import StoredRun


@dataclass(frozen=True)
class SyncOutcome:
    """A run after it was sent: what the server does not have of it, and the last line of the W&B client's output."""

    run: StoredRun
    missing: Sequence[str]
    client_message: str


def print_outcomes(outcomes: Sequence[SyncOutcome], server_url: str) -> None:
    """Prints one line a run, then the reasons of those that did not arrive."""
    console = Console()
    console.print(_build_table([(outcome.run, "not all" if outcome.missing else "arrived") for outcome in outcomes]))
    failed = [outcome for outcome in outcomes if outcome.missing]
    for outcome in failed:
        lines = "\n  ".join([*outcome.missing, f"W&B said: {outcome.client_message}", str(outcome.run.folder)])
        report = escape_control_characters(f"{outcome.run.name}: not at the server:\n  {lines}")
        console.print(report, markup=False, soft_wrap=True)
    console.print(
        f"{len(outcomes) - len(failed)} of {len(outcomes)} runs arrived at {server_url}", markup=False, soft_wrap=True
    )


def print_pending_runs(runs: Sequence[StoredRun]) -> None:
    """Prints what would be sent."""
    Console().print(_build_table([(run, "whole") for run in runs]))


def _build_table(rows: Sequence[tuple[StoredRun, str]]) -> Table:
    table = Table(title="runs", title_justify="left")
    for column in ("run", "job", "experiment", "state", "artifacts", "MB", ""):
        table.add_column(column, justify="right" if column in ("artifacts", "MB") else "left")
    for run, outcome in rows:
        figures = str(len(run.artifacts)), f"{run.artifact_bytes / 1e6:,.1f}"
        texts = [escape(escape_control_characters(text)) for text in (run.name, run.job_type, run.group, run.state)]
        table.add_row(*texts, *figures, outcome)
    return table
