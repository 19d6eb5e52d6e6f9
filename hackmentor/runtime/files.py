"""Atomic writes of files and folders (a reader sees the old one or the new one, never half of one); JSON and JSONL."""

from __future__ import annotations

import errno
import json
import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, BinaryIO, Literal, overload

from hackmentor.runtime.errors import UserError

# The way out of a damaged file of ours.
REMOVE_DAMAGED = "remove it, and the command that wrote it writes it anew"

FULL_DISK_ERRNOS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@overload
def open_own(path: Path, mode: Literal["a", "a+", "x"]) -> IO[str]: ...
@overload
def open_own(path: Path, mode: Literal["a+b"]) -> BinaryIO: ...
def open_own(path: Path, mode: str) -> IO[Any]:
    """Opens a file of ours for writing, in UTF-8; it is made if it is missing.

    A folder may come from somebody else, with a link under the name of one of our files: nothing is written through it.

    Raises:
        OSError: if it is a symbolic link, has a second name, or is no regular file (ELOOP).
    """
    text = {} if "b" in mode else {"encoding": "utf-8", "newline": "\n"}
    stream: IO[Any] = open(path, mode, opener=_open_own_file, **text)  # type: ignore[call-overload]  # noqa: SIM115
    return stream


def _open_own_file(path: str, flags: int) -> int:
    refusal = OSError(errno.ELOOP, "is a link or no regular file, and is not written to; remove it", path)
    try:
        # Not blocking: a named pipe would wait for its other end.
        descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK, 0o666)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO):
            raise refusal from error
        raise
    status = os.fstat(descriptor)
    if stat.S_ISREG(status.st_mode) and status.st_nlink == 1:
        return descriptor
    os.close(descriptor)
    raise refusal


def write_text(path: Path, text: str) -> None:
    """Replaces a file atomically."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # A name that nobody can guess, made anew: in a folder of several users another one could have put a link there.
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with full_disk_named(path), open_own(temporary, "x") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_json(path: Path, content: Any) -> None:  # noqa: ANN401 - whatever JSON can hold
    """Replaces a JSON file atomically."""
    write_text(path, json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def read_json(path: Path) -> Any:  # noqa: ANN401 - whatever JSON can hold
    """Reads a JSON file; None if there is no such file.

    Raises:
        UserError: if it can't be read as JSON, naming it.
    """
    return _parse_json(path.read_bytes(), str(path)) if path.is_file() else None


def read_json_object(path: Path) -> dict[str, Any] | None:
    """Reads a JSON file that holds an object; None if there is no such file.

    Raises:
        UserError: if it holds something else, naming it.
    """
    content = read_json(path)
    return None if content is None and not path.is_file() else _check_object(content, str(path))


def read_jsonl(path: Path, damaged: list[str] | None = None) -> list[dict[str, Any]]:
    """Reads the object in each line of a JSONL file; an empty list if there is no such file.

    Only a line feed ends a line: the other separators that `str.splitlines` knows, such as U+2028, stand in JSON as
    they are.

    A line that holds no JSON object is left out, and `damaged` takes the reason, which names it.

    Raises:
        UserError: for such a line, if there is no list for it.
    """
    if not path.is_file():
        return []
    rows = []
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            place = f"{path}, line {number}"
            try:
                rows.append(_check_object(_parse_json(line, place), place))
            except UserError as error:
                if damaged is None:
                    raise
                damaged.append(str(error))
    return rows


def _parse_json(content: bytes, place: str) -> Any:  # noqa: ANN401 - whatever JSON can hold
    """What JSON stands for. Raises UserError for bytes that are none, or nested too deeply, which begins with `place`.

    Files of a cell or a model may be damaged, or made by somebody who means harm.
    """
    try:
        return json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:  # not UTF-8, no JSON, a number of thousands of digits
        raise UserError(f"{place}: is not JSON ({error}); {REMOVE_DAMAGED}") from None


def _check_object(content: Any, place: str) -> dict[str, Any]:  # noqa: ANN401 - whatever JSON can hold
    if not isinstance(content, dict):
        raise UserError(f"{place}: is not a JSON object; {REMOVE_DAMAGED}")
    return content


def remove_incomplete_line(path: Path) -> None:
    """Removes an incomplete last line, which a killed process may have left."""
    text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    complete, _, incomplete = text.rpartition("\n")
    if incomplete:
        write_text(path, f"{complete}\n" if complete else "")


@contextmanager
def folder_replaced(path: Path) -> Iterator[Path]:
    """Yields an empty folder to fill; it replaces `path` when the block ends without an error."""
    new, old = path.with_name(f".{path.name}.new"), path.with_name(f".{path.name}.old")
    for leftover in (new, old):
        _remove_folder(leftover)
    new.mkdir(parents=True)
    try:
        yield new
        apply_umask(new)
        for file in new.rglob("*"):
            fsync_path(file)
        if path.exists():
            path.replace(old)
        new.replace(path)
    finally:
        for leftover in (new, old):
            _remove_folder(leftover)


def _remove_folder(path: Path) -> None:
    if path.is_symlink():
        path.unlink()
    shutil.rmtree(path, ignore_errors=True)


def apply_umask(path: Path) -> None:
    """Gives a file, or all below a folder, the permissions that the umask gives to what is newly made.

    safetensors and `tempfile` make private files: another user of the machine could not read them. A file may have
    more permissions than these already, and keeps them.
    """
    umask = _read_umask()
    for file in [path, *path.rglob("*")] if path.is_dir() else [path]:
        if not file.is_symlink():
            allowed = (0o777 if file.is_dir() else 0o666) & ~umask
            file.chmod(stat.S_IMODE(file.stat().st_mode) | allowed)


def _read_umask() -> int:
    """The umask of this process, from Linux itself: `os.umask` can be read by setting it only, for all threads."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return int(next(line for line in status.splitlines() if line.startswith("Umask:")).split()[1], 8)
    except (OSError, StopIteration):
        umask = os.umask(0o077)
        os.umask(umask)
        return umask


def fsync_path(path: Path) -> None:
    """Flushes a file or folder from the system's cache to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def full_disk_named(path: Path) -> Iterator[None]:
    """Names the file that is being written in errors of a full disk or an exceeded quota, which name none."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL_DISK_ERRNOS:
            error.filename = str(path)
        raise


@contextmanager
def full_disk_reported(target: str, preserved: str) -> Iterator[None]:
    """Turns errors of a full disk or an exceeded quota inside the block into a `UserError`.

    Args:
        target: what is being written, as the subject of the message.
        preserved: a sentence on what is still intact.

    Raises:
        UserError: if the disk is full.
    """
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        if (reason := _find_full_disk_reason(error)) is None:
            raise
        raise UserError(
            f"{target} could not be written: {reason}. {preserved}; make room, then the same command continues"
        ) from error


def _find_full_disk_reason(error: BaseException | None) -> str | None:
    """The system's message for a full disk, if that caused an error: libraries in Rust and C++ wrap it in their own."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in FULL_DISK_ERRNOS:
            return os.strerror(error.errno)
        messages = [os.strerror(number) for number in FULL_DISK_ERRNOS]
        if found := next((message for message in messages if message in str(error)), None):
            return found
        error = error.__cause__ or error.__context__
    return None
