"""hackmentor review: one page that shows all of an experiment."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Sequence
from functools import partial

from rich.console import Console

from hackmentor.config.command import run_command
from hackmentor.config.compose import CommandRequest
from hackmentor.review.cell_spec import CellSpec
from hackmentor.review.experiment import read_experiment
from hackmentor.review.experiment_spec import ExperimentSpec, resolve_experiment
from hackmentor.review.page import render_page
from hackmentor.review.watch_files import watch_files
from hackmentor.runtime.files import write_text

PAGE_FILE = "review.html"


def main(argv: Sequence[str] | None = None) -> int:
    """The command's entry point."""
    return run_command("review", argv, review)


def review(request: CommandRequest) -> int:
    """Writes review.html into the folder of the experiment; with review.watch, again at each change until Ctrl-C."""
    spec, console = resolve_experiment(request), Console(soft_wrap=True)
    page = spec.folder / PAGE_FILE
    if spec.watch:
        with contextlib.suppress(KeyboardInterrupt):  # from the line on that names Ctrl-C
            console.print(f"{page.resolve()}: open it in a browser; it follows the grid until Ctrl-C", markup=False)
            watch_files(spec.cells, spec.folder, partial(_update_live_page, request, spec))
        spec = _refresh_trials(request, spec)
    _write_page(spec)
    console.print(f"{page.resolve()}: open it in a browser", markup=False, highlight=False)
    return 0


def _update_live_page(request: CommandRequest, spec: ExperimentSpec) -> Sequence[CellSpec]:
    spec = _refresh_trials(request, spec)
    _write_page(spec, live=True)
    return spec.cells


def _refresh_trials(request: CommandRequest, spec: ExperimentSpec) -> ExperimentSpec:
    """The same experiment, with the trials that its search, if it is one, has added since."""
    return resolve_experiment(request) if spec.trials else spec


def _write_page(spec: ExperimentSpec, *, live: bool = False) -> None:
    experiment = read_experiment(spec.name, spec.cells, spec.folder, trials=spec.trials, hourly_price=spec.hourly_price)
    write_text(spec.folder / PAGE_FILE, render_page(experiment, live=live))


if __name__ == "__main__":
    sys.exit(main())
