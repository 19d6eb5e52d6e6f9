"""One process at a time trains a cell, evaluates an experiment or builds a data set, on one machine or on several.

The kernel holds the lock (flock): it is gone with its process, however that ends. On a shared file system it holds
between machines too: Linux's NFS client turns flock into a lock of the server's (since 2.6.12, see flock(2)), which the
server gives up when a machine is gone for the length of its lease (about 90 s with NFSv4). It does not hold between
machines where a file system is mounted with `nolock` or `local_lock`, or Lustre without `flock`.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from hackmentor.runtime.errors import UserError

# Lightning, torchrun and SLURM tell a process its rank in these; of several that train one cell together, the first
# holds the lock for all.
_RANKS = ("RANK", "LOCAL_RANK", "NODE_RANK", "SLURM_PROCID")
# The descriptor of a lock that the process which started this one took for it.
_GIVEN = "HACKMENTOR_LOCK"
# Who looks whether a lock is held has a share in it for a moment: no reason to refuse who wants to hold it.
_TRIES, _BETWEEN = 5, 0.05

_held: set[tuple[int, int]] = set()


class HeldError(UserError):
    """Another process holds the lock."""


def first_process() -> bool:
    """Whether this process is the first, or the only one, of those that train a cell together."""
    return all(os.environ.get(name, "0") == "0" for name in _RANKS)


ANOTHER_CELL = "give this one another experiment=NAME or name=NAME"


@contextmanager
def locked(file: Path, doing: str = "trained", otherwise: str = ANOTHER_CELL) -> Iterator[None]:
    """Holds a lock file inside this block, and writes into it who does. A block inside another one changes nothing.

    `doing` says what is being done to the file's folder, `otherwise` what one can do instead of waiting.

    Raises:
        HeldError: at once, if another process holds it, naming that process.
    """
    if not first_process():
        yield
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    with _given(file) or file.open("a+", encoding="utf-8") as stream:
        if (identity := _identity(stream.fileno())) in _held:
            yield
            return
        if not _acquire(stream.fileno()):
            raise HeldError(_refusal(file, doing, otherwise))
        _held.add(identity)
        try:
            _sign(stream)
            yield
        finally:
            _held.discard(identity)


@contextmanager
def lent(file: Path) -> Iterator[dict[str, str]]:
    """Takes a lock for a process that is started inside this block with these words in its environment.

    The lock is that process's from then on: it ends with it, and with this one only if nothing was started.

    Raises:
        HeldError: at once, if another process holds it, naming that process.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a+", encoding="utf-8") as stream:
        if not _acquire(stream.fileno()):
            raise HeldError(_refusal(file))
        _sign(stream)
        os.set_inheritable(stream.fileno(), True)
        yield {_GIVEN: str(stream.fileno())}


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
        try:
            # Shared: NFS wants a file open for writing to lock it for one alone, and who asks may have no right to.
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _refusal(file)
    return None


def _acquire(descriptor: int) -> bool:
    """Takes the lock unless another process has it. It is released when the descriptor is closed."""
    for _ in range(_TRIES):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_BETWEEN)
        else:
            return True
    return False


def _given(file: Path) -> IO[str] | None:
    """The lock of this very file that was taken for this process, if it was."""
    descriptor = int(os.environ.get(_GIVEN, "-1"))
    try:
        if descriptor < 0 or not file.is_file() or _identity(descriptor) != _identity(file):
            return None
    except OSError:  # it is closed already
        return None
    del os.environ[_GIVEN]
    os.set_inheritable(descriptor, False)
    return os.fdopen(descriptor, "a+", encoding="utf-8")


def _identity(file: Path | int) -> tuple[int, int]:
    found = os.stat(file)  # noqa: PTH116 - of a descriptor too
    return found.st_dev, found.st_ino


def _sign(stream: IO[str]) -> None:
    stream.truncate(0)
    json.dump({"pid": os.getpid(), "host": socket.gethostname(), "since": _now()}, stream)
    stream.flush()


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
