"""hackmentor review: one page that shows all of an experiment."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial

from rich.console import Console

from hackmentor.config.command import run_command
from hackmentor.config.compose import Request
from hackmentor.review.cell_report import Plan
from hackmentor.review.experiment import read_experiment
from hackmentor.review.experiment_spec import Asked, planned
from hackmentor.review.page import render
from hackmentor.review.watch_files import watch
from hackmentor.runtime.files import write_text

FILE = "review.html"


def main(argv: Sequence[str] | None = None) -> int:
    """The command's entry."""
    return run_command("review", argv, review)


def review(request: Request) -> int:
    """Reads what the cells of the request left behind, and writes review.html beside them; with watch, until Ctrl-C."""
    asked, console = planned(request), Console(soft_wrap=True)
    page = asked.folder / FILE
    if asked.watch:
        console.print(f"{page.resolve()}: open it in a browser; it follows the grid until Ctrl-C", markup=False)
        watch(asked.plans, asked.folder, partial(_follow, request, asked))
        asked = _now(request, asked)
    _write(asked)
    console.print(f"{page.resolve()}: open it in a browser", markup=False, highlight=False)
    return 0


def _follow(request: Request, asked: Asked) -> Sequence[Plan]:
    asked = _now(request, asked)
    _write(asked, live=True)
    return asked.plans


def _now(request: Request, asked: Asked) -> Asked:
    """What is asked for, with the trials that a search has added since."""
    return planned(request) if asked.tried else asked


def _write(asked: Asked, *, live: bool = False) -> None:
    experiment = read_experiment(
        asked.name, asked.plans, asked.folder, tried=asked.tried, hourly_price=asked.hourly_price
    )
    write_text(asked.folder / FILE, render(experiment, live=live))


if __name__ == "__main__":
    sys.exit(main())
