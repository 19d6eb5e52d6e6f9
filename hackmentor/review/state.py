"""What became of a cell, read from its folder: the same words in the page and in the terminal."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from hackmentor.cell import CellFolder
from hackmentor.lock import refusal
from hackmentor.review.read import clipped

State = Literal["done", "running", "stopped", "failed", "cut off", "not started"]

# Hydra's format of a log line; what follows without such a head, as a traceback does, belongs to the line before.
_HEAD = re.compile(r"^\[[^\]]*\]\[[^\]]*\]\[(?P<level>[A-Z]+)\] - (?P<said>.*)$")
_LONGEST_LINE = 400
_TAIL_BYTES = 200_000


@dataclass(frozen=True)
class Progress:
    """The state of a cell; `why` says more of one that is not done, or is empty."""

    state: State
    why: str


def progress_of(folder: CellFolder) -> Progress:
    """The state of a cell: done.json says done, the lock running, the log what ended it."""
    if folder.done.is_file():
        return Progress("done", "")
    if holder := refusal(folder.lock):
        return Progress("running", holder.partition("; ")[0])
    if not folder.path.is_dir() or not any(folder.path.iterdir()):
        return Progress("not started", "")
    return _ended(_tail(folder.path / "train.log"))


def _ended(lines: list[str]) -> Progress:
    last = clipped(lines[-1], _LONGEST_LINE) if lines else ""
    heads = [head for line in lines if (head := _HEAD.match(line))]
    if not heads or heads[-1]["level"] not in ("ERROR", "CRITICAL"):
        return Progress(
            "cut off", f"ended without a word; the last in its log: {last}" if last else "nothing was logged"
        )
    if heads[-1]["said"].startswith("stopped by "):
        return Progress("stopped", clipped(heads[-1]["said"], _LONGEST_LINE))
    own = _HEAD.match(lines[-1])
    return Progress("failed", clipped(own["said"], _LONGEST_LINE) if own else last)


def _tail(file: Path) -> list[str]:
    """The lines at the end of a log, which may be long."""
    if not file.is_file():
        return []
    with file.open("rb") as stream:
        stream.seek(max(0, file.stat().st_size - _TAIL_BYTES))
        return stream.read().decode("utf-8", errors="replace").strip().splitlines()
