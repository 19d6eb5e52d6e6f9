"""Lock files: one process at a time trains a cell, evaluates an experiment or builds a data set, on any machine.

The kernel holds the lock (flock), and releases it when the process ends, however that happens. On a shared file system
it holds between machines too: Linux's NFS client turns flock into a lock of the server's (since 2.6.12, see flock(2)),
which the server releases when a machine is gone for the length of its lease (about 90 s with NFSv4). It does not hold
between machines where a file system is mounted with `nolock` or `local_lock`, or Lustre without `flock`.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from hackmentor.runtime.environment import read_number_variable
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.files import open_own
from hackmentor.runtime.ranks import is_first_process

# The file descriptor of a lock that the parent process acquired for this one.
_LOCK_VARIABLE = "HACKMENTOR_LOCK"
# A process that checks whether a lock is held takes a shared lock for a moment: try again before refusing.
_ATTEMPTS, _RETRY_SECONDS = 5, 0.05

_held_inodes: set[tuple[int, int]] = set()


class LockHeldError(UserError):
    """Another process holds the lock."""


CHOOSE_ANOTHER_CELL = "give this one another experiment_name=NAME or name=NAME"


@contextmanager
def lock_held(
    file: Path, activity: str = "trained", alternative: str = CHOOSE_ANOTHER_CELL, *, ranks_share: bool = False
) -> Iterator[None]:
    """Holds a lock file inside this block, and writes the holder into it. Nested blocks of one process are allowed.

    Args:
        file: the lock file; it is made if it is missing, and stays.
        activity: what is being done to the file's folder, a participle for the message.
        alternative: what the user can do instead of waiting.
        ranks_share: whether several processes do it together, of which rank 0 holds the lock for all.

    Raises:
        LockHeldError: at once, if another process holds it, naming that process.
        OSError: if the file is a link, or no regular file.
    """
    if ranks_share and not is_first_process():
        yield
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    with _open_inherited_lock(file) or open_own(file, "a+") as stream:
        if (identity := _get_inode(stream.fileno())) in _held_inodes:
            yield
            return
        if not _try_to_lock(stream.fileno()):
            raise LockHeldError(_format_holder(file, activity, alternative))
        _held_inodes.add(identity)
        try:
            _write_holder(stream)
            yield
        finally:
            _held_inodes.discard(identity)


@contextmanager
def lock_passed_to_child(file: Path) -> Iterator[dict[str, str]]:
    """Acquires a lock for a child process started inside this block, with the yielded variables in its environment.

    The lock belongs to the child from then on and ends with it; if no child was started, it ends with the block.

    Raises:
        LockHeldError: at once, if another process holds it, naming that process.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with open_own(file, "a+") as stream:
        if not _try_to_lock(stream.fileno()):
            raise LockHeldError(_format_holder(file))
        _write_holder(stream)
        os.set_inheritable(stream.fileno(), True)
        yield {_LOCK_VARIABLE: str(stream.fileno())}


@contextmanager
def lock_awaited(file: Path, on_wait: Callable[[str], None] = lambda _: None) -> Iterator[None]:
    """Waits until no other process holds a lock file, and holds it inside this block: for work to be done only once.

    Args:
        file: the lock file; it is made if it is missing, and stays.
        on_wait: called once, with who holds it, before the first wait.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with open_own(file, "a+") as stream:
        if not _try_to_lock(stream.fileno()):
            holder = _read_holder(file)
            on_wait(f"process {holder.get('pid', '?')} on {holder.get('host', '?')} since {holder.get('since', '?')}")
            fcntl.flock(stream, fcntl.LOCK_EX)
        _write_holder(stream)
        yield


def describe_lock_holder(file: Path) -> str | None:
    """A sentence about the process that holds the lock, or None if no process does."""
    if not file.is_file():
        return None
    with file.open(encoding="utf-8") as stream:
        try:
            # Shared: on NFS an exclusive lock needs a file open for writing, which a reader may not be allowed to do.
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _format_holder(file)
    return None


def _try_to_lock(descriptor: int) -> bool:
    """Acquires the lock unless another process holds it. It is released when the descriptor is closed."""
    for _ in range(_ATTEMPTS):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_RETRY_SECONDS)
        else:
            return True
    return False


def _open_inherited_lock(file: Path) -> IO[str] | None:
    """The lock on this file that the parent acquired for this process, if it did."""
    descriptor = read_number_variable(_LOCK_VARIABLE)
    try:
        if descriptor is None or not file.is_file() or _get_inode(descriptor) != _get_inode(file):
            return None
    except OSError:  # the descriptor is closed already
        return None
    del os.environ[_LOCK_VARIABLE]
    os.set_inheritable(descriptor, False)
    return os.fdopen(descriptor, "a+", encoding="utf-8")


def _get_inode(file: Path | int) -> tuple[int, int]:
    stat = os.stat(file)  # noqa: PTH116 - of a descriptor too
    return stat.st_dev, stat.st_ino


def _write_holder(stream: IO[str]) -> None:
    stream.truncate(0)
    json.dump({"pid": os.getpid(), "host": socket.gethostname(), "since": _format_current_time()}, stream)
    stream.flush()


def _format_holder(file: Path, activity: str = "trained", alternative: str = CHOOSE_ANOTHER_CELL) -> str:
    holder = _read_holder(file)
    return (
        f"{file.parent} is being {activity} by process {holder.get('pid', '?')} on {holder.get('host', '?')} "
        f"since {holder.get('since', '?')}; wait for it, or {alternative}"
    )


def _read_holder(file: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(file.read_text(encoding="utf-8")))
    except ValueError:  # it is being written at this moment
        return {}


def _format_current_time() -> str:
    return datetime.now().astimezone().isoformat(sep=" ", timespec="seconds")
