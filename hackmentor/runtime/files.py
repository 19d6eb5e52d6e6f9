"""Write files so that a reader sees the old one or the new one, never half of one."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hackmentor.runtime.errors import UserError

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def write_text(path: Path, text: str) -> None:
    """Replaces a file in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with temporary.open("w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_json(path: Path, content: Any) -> None:  # noqa: ANN401 - whatever JSON can hold
    """Replaces a JSON file in one step."""
    write_text(path, json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def read_json(path: Path) -> Any:  # noqa: ANN401 - whatever JSON can hold
    """What a JSON file holds, or None if there is no such file."""
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def read_jsonl(path: Path) -> list[Any]:
    """What each line of a JSONL file holds; nothing if there is no such file.

    Only a line feed ends a line: the other separators that `str.splitlines` knows, such as U+2028, stand in JSON as
    they are. Raises ValueError for a line that is no JSON.
    """
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="\n") as lines:
        return [json.loads(line) for line in lines]


def cut_torn_line(path: Path) -> None:
    """Removes what a killed process left after the last line break."""
    text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    whole, _, torn = text.rpartition("\n")
    if torn:
        write_text(path, f"{whole}\n" if whole else "")


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """An empty folder to fill, which takes the place of `path` when the block ends without an error."""
    filled, old = path.with_name(f".{path.name}.new"), path.with_name(f".{path.name}.old")
    for leftover in (filled, old):
        shutil.rmtree(leftover, ignore_errors=True)
    filled.mkdir(parents=True)
    try:
        yield filled
        for file in filled.rglob("*"):
            synced(file)
        if path.exists():
            path.replace(old)
        filled.replace(path)
    finally:
        for leftover in (filled, old):
            shutil.rmtree(leftover, ignore_errors=True)


def synced(path: Path) -> None:
    """Returns when a file or folder is on the disk, and not in the memory of the system alone."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def full_disk_in_words(what: str, kept: str) -> Iterator[None]:
    """Turns the errors of a full disk, or of a quota, into a sentence.

    Raises:
        UserError: saying that `what` could not be written, and that `kept` is still there.
    """
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        if (reason := _no_room(error)) is None:
            raise
        raise UserError(
            f"{what} could not be written: {reason}. {kept}; make room, then the same command continues"
        ) from error


def _no_room(error: BaseException | None) -> str | None:
    """Why there was no room, if that is what an error comes from: libraries in Rust and C++ wrap it in their own."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in _NO_ROOM:
            return os.strerror(error.errno)
        if told := [os.strerror(number) for number in _NO_ROOM if os.strerror(number) in str(error)]:
            return told[0]
        error = error.__cause__ or error.__context__
    return None
