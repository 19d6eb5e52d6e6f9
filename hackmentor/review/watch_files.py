"""Calls a function whenever the files of a grid change."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from hackmentor.cell.state import read_cell_state
from hackmentor.review.cell_spec import CellSpec

# The files that the page is made from; checkpoints and adapters are not.
_WATCHED_PATTERNS = ("*.json", "*.jsonl", "*.csv", "*.yaml", "train.log")
_POLL_SECONDS = 2.0


def watch_files(cells: Sequence[CellSpec], folder: Path, on_change: Callable[[], Sequence[CellSpec]]) -> None:
    """Calls `on_change` at once, and again after each change, until Ctrl-C; it returns the cells to watch from then."""
    last = None
    try:
        while True:
            current = take_snapshot(cells, folder)
            if current != last:
                cells = on_change()
                last = current
            time.sleep(_POLL_SECONDS)
    except KeyboardInterrupt:
        return


def take_snapshot(cells: Sequence[CellSpec], folder: Path) -> list[tuple[str, float]]:
    """Files with the time of their last change (seconds since the epoch), and cells with their state.

    The state is needed because a cell whose process was killed changes its state but no file.
    """
    states = [(f"{cell.name} {read_cell_state(cell.folder).state}", 0.0) for cell in cells]
    return [*states, *sorted(_list_modification_times([folder, *(cell.folder.path for cell in cells)]))]


def _list_modification_times(folders: Sequence[Path]) -> Iterator[tuple[str, float]]:
    for folder in folders:
        for file in (file for pattern in _WATCHED_PATTERNS for file in folder.glob(pattern)):
            try:
                yield str(file), file.stat().st_mtime
            except FileNotFoundError:  # it was a temporary one
                continue
