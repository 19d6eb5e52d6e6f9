"""The replies so far, one a line, appended as they come: what is in here is never asked again."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from pydantic import ValidationError

from hackmentor.endpoint.completion import Reply
from hackmentor.runtime.errors import UserError


class Journal:
    """The replies of one job. Open it with `opened_journal`."""

    def __init__(self, path: Path, stream: BinaryIO, replies: Sequence[Reply]) -> None:
        self.path = path
        self._stream = stream
        # A later reply to the same question replaces the earlier one.
        self._replies = {reply.id: reply for reply in replies}

    def __len__(self) -> int:
        return len(self._replies)

    def get(self, ask_id: str, fingerprint: str) -> Reply | None:
        """The reply to this very question, if it was given."""
        reply = self._replies.get(ask_id)
        return reply if reply is not None and reply.fingerprint == fingerprint else None

    def add(self, reply: Reply) -> None:
        """Keeps a reply: on the disk before this returns."""
        self._stream.write(reply.model_dump_json().encode() + b"\n")
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self._replies[reply.id] = reply

    def forget_faults(self) -> int:
        """Makes the questions that came to nothing open again; returns how many. The file keeps their lines."""
        faulty = [reply.id for reply in self._replies.values() if reply.fault]
        for ask_id in faulty:
            del self._replies[ask_id]
        return len(faulty)


@contextmanager
def opened_journal(path: Path) -> Iterator[Journal]:
    """The journal in a file, made where it is missing, for this process alone.

    A last line that a killed process left half written is cut off. Raises UserError where another process has the
    file, or where any other line is no reply, naming it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UserError(f"{path}: another process is writing this journal; wait for it or stop it") from error
        stream.seek(0)
        content = stream.read()
        whole = content.rfind(b"\n") + 1
        replies = [_reply(path, number, line) for number, line in enumerate(content[:whole].splitlines(), start=1)]
        stream.truncate(whole)
        yield Journal(path, stream, replies)


def _reply(path: Path, number: int, line: bytes) -> Reply:
    try:
        return Reply.model_validate_json(line)
    except ValidationError as error:
        raise UserError(f"{path}, line {number}: not a reply; remove the line or the file") from error
