"""One process at a time trains a cell, evaluates an experiment or builds a data set.

The kernel holds the lock: it is gone with its process, however that ends.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from hackmentor.errors import UserError

# Lightning, torchrun and SLURM tell a process its rank in these; of several that train one cell together, the first
# holds the lock for all.
_RANKS = ("RANK", "LOCAL_RANK", "NODE_RANK", "SLURM_PROCID")


def first_process() -> bool:
    """Whether this process is the first, or the only one, of those that train a cell together."""
    return all(os.environ.get(name, "0") == "0" for name in _RANKS)


ANOTHER_CELL = "give this one another experiment=NAME or name=NAME"


@contextmanager
def locked(file: Path, doing: str = "trained", otherwise: str = ANOTHER_CELL) -> Iterator[None]:
    """Holds a lock file inside this block, and writes into it who does.

    `doing` says what is being done to the file's folder, `otherwise` what one can do instead of waiting.

    Raises:
        UserError: at once, if another process holds it, naming that process.
    """
    if not first_process():
        yield
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a+", encoding="utf-8") as stream:
        if not _acquire(stream.fileno()):
            raise UserError(_refusal(file, doing, otherwise))
        stream.truncate(0)
        json.dump({"pid": os.getpid(), "host": socket.gethostname(), "since": _now()}, stream)
        stream.flush()
        yield


@contextmanager
def waited(file: Path) -> Iterator[None]:
    """Holds a lock file inside this block, once whoever has it is done: for what both want done once."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a", encoding="utf-8") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def refusal(file: Path) -> str | None:
    """A sentence about the process that holds the lock, or None if none does."""
    if not file.is_file():
        return None
    with file.open(encoding="utf-8") as stream:
        return None if _acquire(stream.fileno()) else _refusal(file)


def _acquire(descriptor: int) -> bool:
    """Takes the lock unless another process has it. It is released when the descriptor is closed."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _refusal(file: Path, doing: str = "trained", otherwise: str = ANOTHER_CELL) -> str:
    holder = _holder(file)
    return (
        f"{file.parent} is being {doing} by process {holder.get('pid', '?')} on {holder.get('host', '?')} "
        f"since {holder.get('since', '?')}; wait for it, or {otherwise}"
    )


def _holder(file: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(file.read_text(encoding="utf-8")))
    except ValueError:  # it is being written just now
        return {}


def _now() -> str:
    return datetime.now().astimezone().isoformat(sep=" ", timespec="seconds")
