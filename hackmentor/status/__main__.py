"""hackmentor status: what became of each cell of a grid, as a table."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from rich.console import Console

from hackmentor.config.command import run_command
from hackmentor.config.compose import Request
from hackmentor.review.cell_report import read_cell
from hackmentor.review.experiment_spec import planned
from hackmentor.review.read_files import read_object
from hackmentor.review.trial_rows import trial_rows
from hackmentor.status.cell_table import show
from hackmentor.status.trial_table import show_trials

_PIPED = 500


def main(argv: Sequence[str] | None = None) -> int:
    """The command's entry."""
    return run_command("status", argv, status)


def status(request: Request) -> int:
    """Shows the cells of the request; changes nothing."""
    asked = planned(request)
    console = Console()
    if not console.is_terminal:  # a pipe has no width
        console = Console(width=_PIPED)
    verdict = read_object(asked.folder / "verdict.json") or {}
    trials = {one.name for one in asked.tried}
    cells = [read_cell(plan) for plan in asked.plans]
    if others := [cell for cell in cells if cell.plan.name not in trials]:
        show(asked.name, others, verdict, console)
    if trials:
        show_trials(asked.name, trial_rows(asked.tried, cells), console)
    return 0


if __name__ == "__main__":
    sys.exit(main())
