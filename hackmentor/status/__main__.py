"""hackmentor status: the state of each cell of a grid, as a table."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from rich.console import Console

from hackmentor.cell.shaped_files import read_shaped
from hackmentor.config.command import run_command
from hackmentor.config.compose import CommandRequest
from hackmentor.evaluate.result_shapes import VerdictContent
from hackmentor.review.cell_report import read_cell
from hackmentor.review.experiment_spec import resolve_experiment
from hackmentor.review.trial_rows import build_trial_rows
from hackmentor.status.cell_table import print_cell_table
from hackmentor.status.trial_table import print_trial_table

_PIPE_WIDTH = 500


def main(argv: Sequence[str] | None = None) -> int:
    """The command's entry point."""
    return run_command("status", argv, status)


def status(request: CommandRequest) -> int:
    """Prints the cells of the request; changes nothing."""
    spec = resolve_experiment(request)
    console = Console()
    if not console.is_terminal:  # a pipe has no width
        console = Console(width=_PIPE_WIDTH)
    verdict = read_shaped(spec.folder / "verdict.json", VerdictContent) or {}
    trial_names = {trial.name for trial in spec.trials}
    cells = [read_cell(cell) for cell in spec.cells]
    if grid_cells := [cell for cell in cells if cell.spec.name not in trial_names]:
        print_cell_table(spec.name, grid_cells, verdict, console)
    if spec.trials:
        print_trial_table(spec.name, build_trial_rows(spec.trials, cells), console)
    return 0


if __name__ == "__main__":
    sys.exit(main())
