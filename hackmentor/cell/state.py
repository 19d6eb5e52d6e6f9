"""The state of a cell, read from the files in its folder: the one definition for grid, status and review."""

from __future__ import annotations

import contextlib
import re
import time
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal, get_args

from hackmentor.cell.file_shapes import Progress
from hackmentor.cell.folder import CellFolder
from hackmentor.cell.shaped_files import read_shaped
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.files import read_json, write_json
from hackmentor.runtime.lock import describe_lock_holder
from hackmentor.runtime.terminal import truncate_text

StateName = Literal["done", "running", "stopped", "failed", "cut off", "not started", "skipped"]

# What a process of the cell can say of it in state.json.
RecordedState = Literal["running", "stopped", "failed", "cut off", "done"]

# Hydra's format of a log line; lines without it, such as those of a traceback, belong to the one before.
_LOG_LINE_PATTERN = re.compile(r"^\[[^\]]*\]\[[^\]]*\]\[(?P<level>[A-Z]+)\] - (?P<message>.*)$")
_MAX_LINE_CHARACTERS = 400
_TAIL_BYTES = 200_000


@dataclass(frozen=True)
class CellState:
    """The state of a cell, and the reason for one that is not done, if known. An impossible cell is skipped."""

    state: StateName
    reason: str


@dataclass(frozen=True)
class TrainingProgress:
    """The progress of a training, as in progress.json.

    Args:
        step: optimizer steps done.
        steps: optimizer steps in all.
        loss: of the last step, in nats per token.
        seconds_left: an estimate.
    """

    step: int
    steps: int
    loss: float | None
    seconds_left: float | None


def read_training_progress(folder: CellFolder) -> TrainingProgress | None:
    """Reads the progress that a cell's process writes about once a second; None before its first step."""
    try:
        content = read_shaped(folder.progress, Progress)
    except UserError:  # of another version, or of a disk that was full
        return None
    return (
        TrainingProgress(**{field.name: content[field.name] for field in fields(TrainingProgress)}) if content else None
    )


def record_state(folder: CellFolder, state: RecordedState, reason: str = "") -> None:
    """Writes state.json. A disk that is full is no reason to fail: the log and the lock still tell what happened."""
    recorded = {
        "state": state,
        "reason": truncate_text(" ".join(reason.split()), _MAX_LINE_CHARACTERS),
        "at": _format_current_time(),
    }
    with contextlib.suppress(OSError):
        write_json(folder.state, recorded)


def read_recorded_state(folder: CellFolder) -> CellState | None:
    """What state.json says; None in folders of earlier versions, which have none, or if it can't be read."""
    try:
        recorded: Any = read_json(folder.state)
    except UserError:
        return None
    if not isinstance(recorded, dict) or recorded.get("state") not in get_args(RecordedState):
        return None
    return CellState(recorded["state"], str(recorded.get("reason") or ""))


def read_cell_state(folder: CellFolder) -> CellState:
    """Determines the state of a cell from its done.json (done), its lock (running) or its state.json.

    Where earlier versions left no state.json, the end of the log tells it.
    """
    if folder.done.is_file():
        return CellState("done", "")
    if holder := describe_lock_holder(folder.lock):
        return CellState("running", holder.partition("; ")[0])
    if not folder.path.is_dir() or not any(folder.path.iterdir()):
        return CellState("not started", "")
    recorded = read_recorded_state(folder)
    if recorded is None:
        return _parse_log_end(_read_log_tail(folder.log))
    if recorded.state in ("running", "done"):  # and no process holds the lock, nor is there a done.json
        return CellState("cut off", _describe_silent_end(_get_last_message(_read_log_tail(folder.log))))
    return recorded


def read_last_log_message(folder: CellFolder) -> str:
    """The last message in the log of a cell, without time and logger; empty if there is none."""
    return _get_last_message(_read_log_tail(folder.log))


def _get_last_message(lines: list[str]) -> str:
    match = _LOG_LINE_PATTERN.match(lines[-1]) if lines else None
    return truncate_text(match["message"] if match else lines[-1], _MAX_LINE_CHARACTERS) if lines else ""


def _parse_log_end(lines: list[str]) -> CellState:
    last = _get_last_message(lines)
    matches = [match for line in lines if (match := _LOG_LINE_PATTERN.match(line))]
    if not matches or matches[-1]["level"] not in ("ERROR", "CRITICAL"):
        return CellState("cut off", _describe_silent_end(last))
    if matches[-1]["message"].startswith("stopped by "):
        return CellState("stopped", truncate_text(matches[-1]["message"], _MAX_LINE_CHARACTERS))
    return CellState("failed", last)


def _describe_silent_end(last_message: str) -> str:
    return f"ended without an error; last line of its log: {last_message}" if last_message else "nothing was logged"


def _format_current_time() -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S%z")


def _read_log_tail(file: Path) -> list[str]:
    """The last lines of a log, which may be long: of its last 200 kB."""
    if not file.is_file():
        return []
    with file.open("rb") as stream:
        stream.seek(max(0, file.stat().st_size - _TAIL_BYTES))
        lines = stream.read().decode("utf-8", errors="replace").strip().splitlines()
    return [line for line in lines if line]
