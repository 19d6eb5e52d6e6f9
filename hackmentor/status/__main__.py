"""hackmentor status: what became of each cell of a grid, as a table."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from rich.console import Console

from hackmentor.cli import run
from hackmentor.config.compose import Request
from hackmentor.review.cells import read_cell
from hackmentor.review.plan import planned
from hackmentor.status.table import show


def main(argv: Sequence[str] | None = None) -> int:
    """The command's entry."""
    return run("status", argv, status)


def status(request: Request) -> int:
    """Shows the cells of the request; changes nothing."""
    asked = planned(request)
    show(asked.name, [read_cell(plan) for plan in asked.plans], Console())
    return 0


if __name__ == "__main__":
    sys.exit(main())
