"""The replies received so far, appended one per line, so that no request is sent twice."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from pydantic import ValidationError

from hackmentor.endpoint.completion import CompletionReply, CompletionRequest
from hackmentor.endpoint.settings import Endpoint
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.files import open_own


class ReplyJournal:
    """The replies of one job. Open it with `opened_reply_journal`."""

    def __init__(self, path: Path, stream: BinaryIO, replies: Sequence[CompletionReply]) -> None:
        self.path = path
        self._stream = stream
        # A later reply to the same request replaces the earlier one.
        self._replies = {reply.id: reply for reply in replies}

    def __len__(self) -> int:
        return len(self._replies)

    def get(self, request_id: str, fingerprint: str) -> CompletionReply | None:
        """The reply to the request with this id and fingerprint, or None."""
        reply = self._replies.get(request_id)
        return reply if reply is not None and reply.fingerprint == fingerprint else None

    def find(self, request: CompletionRequest, endpoint: Endpoint) -> CompletionReply | None:
        """The reply to a request, or None if there is none that counts (`Endpoint.counts_as_reply`)."""
        reply = self._replies.get(request.id)
        return reply if reply is not None and endpoint.counts_as_reply(reply, request) else None

    def add(self, reply: CompletionReply) -> None:
        """Appends a reply and syncs it to disk before returning."""
        self._stream.write(reply.model_dump_json().encode() + b"\n")
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self._replies[reply.id] = reply

    def drop_failed_replies(self) -> int:
        """Forgets failed replies, so that their requests are sent again, and returns how many; the file keeps them."""
        failed = [reply.id for reply in self._replies.values() if reply.fault]
        for request_id in failed:
            del self._replies[request_id]
        return len(failed)


@contextmanager
def opened_reply_journal(path: Path) -> Iterator[ReplyJournal]:
    """Opens the journal in a file, created if missing, for this process alone.

    An incomplete last line, left by a killed process, is cut off.

    Raises:
        UserError: if another process has the file open, or another line (it is named) is not a reply.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with open_own(path, "a+b") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UserError(f"{path}: another process is writing this journal; wait for it or stop it") from error
        stream.seek(0)
        content = stream.read()
        complete = content.rfind(b"\n") + 1
        replies = [
            _parse_reply(path, number, line) for number, line in enumerate(content[:complete].splitlines(), start=1)
        ]
        stream.truncate(complete)
        yield ReplyJournal(path, stream, replies)


def _parse_reply(path: Path, line_number: int, line: bytes) -> CompletionReply:
    try:
        return CompletionReply.model_validate_json(line)
    except ValidationError as error:
        raise UserError(f"{path}, line {line_number}: not a reply; remove the line or the file") from error
