"""hackmentor review: one page that shows all of an experiment."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from rich.console import Console

from hackmentor.cli import run
from hackmentor.config.compose import Request
from hackmentor.files import write_text
from hackmentor.review.experiment import read_experiment
from hackmentor.review.page import render
from hackmentor.review.plan import planned

FILE = "review.html"


def main(argv: Sequence[str] | None = None) -> int:
    """The command's entry."""
    return run("review", argv, review)


def review(request: Request) -> int:
    """Reads what the cells of the request left behind, and writes review.html beside them."""
    name, folder, plans = planned(request)
    page = folder / FILE
    write_text(page, render(read_experiment(name, plans, folder)))
    Console(soft_wrap=True).print(f"{page.resolve()}: open it in a browser", markup=False, highlight=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
