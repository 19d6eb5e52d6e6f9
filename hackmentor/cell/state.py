"""What became of a cell, read from its folder: the one definition, for a grid, the page and the terminal."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Literal

from hackmentor.cell.folder import CellFolder
from hackmentor.runtime.files import read_json
from hackmentor.runtime.lock import refusal
from hackmentor.runtime.terminal import shortened

State = Literal["done", "running", "stopped", "failed", "cut off", "not started", "skipped"]

# Hydra's format of a log line; what follows without such a head, as a traceback does, belongs to the line before.
_HEAD = re.compile(r"^\[[^\]]*\]\[[^\]]*\]\[(?P<level>[A-Z]+)\] - (?P<said>.*)$")
_LONGEST_LINE = 400
_TAIL_BYTES = 200_000


@dataclass(frozen=True)
class Progress:
    """The state of a cell; `why` says more of one that is not done, or is empty. Skipped is one that can't be."""

    state: State
    why: str


@dataclass(frozen=True)
class Told:
    """How far a training is: optimizer steps done and of how many, the last loss in nats a token, seconds left."""

    step: int
    steps: int
    loss: float | None
    seconds_left: float | None


def told_of(folder: CellFolder) -> Told | None:
    """What a cell's process last told of itself, about once a second; None before its first step."""
    try:
        told = read_json(folder.progress)
        return None if told is None else Told(**{field.name: told.get(field.name) for field in fields(Told)})
    except (ValueError, KeyError, TypeError):  # of another version, or of a disk that was full
        return None


def progress_of(folder: CellFolder) -> Progress:
    """The state of a cell: done.json says done, the lock running, the log what ended it."""
    if folder.done.is_file():
        return Progress("done", "")
    if holder := refusal(folder.lock):
        return Progress("running", holder.partition("; ")[0])
    if not folder.path.is_dir() or not any(folder.path.iterdir()):
        return Progress("not started", "")
    return _ended(_tail(folder.log))


def last_line(folder: CellFolder) -> str:
    """The last that the log of a cell says, without its time and place; empty if there is none."""
    return _last(_tail(folder.log))


def _last(lines: list[str]) -> str:
    head = _HEAD.match(lines[-1]) if lines else None
    return shortened(head["said"] if head else lines[-1], _LONGEST_LINE) if lines else ""


def _ended(lines: list[str]) -> Progress:
    last = _last(lines)
    heads = [head for line in lines if (head := _HEAD.match(line))]
    if not heads or heads[-1]["level"] not in ("ERROR", "CRITICAL"):
        return Progress(
            "cut off", f"ended without a word; the last in its log: {last}" if last else "nothing was logged"
        )
    if heads[-1]["said"].startswith("stopped by "):
        return Progress("stopped", shortened(heads[-1]["said"], _LONGEST_LINE))
    return Progress("failed", last)


def _tail(file: Path) -> list[str]:
    """The lines at the end of a log, which may be long."""
    if not file.is_file():
        return []
    with file.open("rb") as stream:
        stream.seek(max(0, file.stat().st_size - _TAIL_BYTES))
        lines = stream.read().decode("utf-8", errors="replace").strip().splitlines()
    return [line for line in lines if line]
