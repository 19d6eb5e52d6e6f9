"""Does something again whenever the files of a grid change."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from hackmentor.cell.state import progress_of
from hackmentor.review.cell_report import Plan

# Of what a page is made; checkpoints and adapters are not.
_READ = ("*.json", "*.jsonl", "*.csv", "*.yaml", "train.log")
_SECONDS = 2.0


def watch(plans: Sequence[Plan], folder: Path, act: Callable[[], Sequence[Plan]]) -> None:
    """Acts at once, and again after each change, until Ctrl-C; what it returns are the cells to watch from then on."""
    seen = None
    try:
        while True:
            now = snapshot(plans, folder)
            if now != seen:
                plans = act()
                seen = now
            time.sleep(_SECONDS)
    except KeyboardInterrupt:
        return


def snapshot(plans: Sequence[Plan], folder: Path) -> list[tuple[str, float]]:
    """What is there: files with the time of their last change, cells with their state.

    A cell whose process was killed changes its state, and no file.
    """
    states = [(f"{plan.name} {progress_of(plan.folder).state}", 0.0) for plan in plans]
    return [*states, *sorted(_changes([folder, *(plan.folder.path for plan in plans)]))]


def _changes(folders: Sequence[Path]) -> Iterator[tuple[str, float]]:
    for folder in folders:
        for file in (file for pattern in _READ for file in folder.glob(pattern)):
            try:
                yield str(file), file.stat().st_mtime
            except FileNotFoundError:  # it was a temporary one
                continue
