"""Through a pipe: what comes in is asked, nothing but the answer goes out."""

from __future__ import annotations

import itertools
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, BinaryIO, Literal, TextIO

from hackmentor.runtime.errors import UserError
from hackmentor.runtime.terminal import inert

if TYPE_CHECKING:  # they bring torch
    from hackmentor.chat.chat_model import Reply
    from hackmentor.chat.conversation import Conversation, Fitted

INTERRUPTED, NOBODY_READS = 130, 141


def messages(stream: BinaryIO, lines: bool) -> list[str]:
    """The messages that came in: the whole input, or each line of it that is not empty.

    Raises:
        UserError: if there are none, or the input is no text.
    """
    try:
        text = stream.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(f"standard input is not UTF-8 text (byte {error.start:,})") from error
    found = [line for line in (text.split("\n") if lines else [text]) if line.strip()]
    if not found:
        raise UserError("standard input is empty; pipe a question into it")
    return found


def answer(
    conversations: Sequence[Conversation], asked: Sequence[str], form: Literal["text", "json"], out: TextIO
) -> int:
    """Asks everyone everything, in order, and writes the answers. Returns the exit code.

    Raises:
        UserError: for a message that is too long.
    """
    try:
        for text, one in itertools.product(asked, conversations):
            if _answer(one, text, form, len(conversations) > 1, out).stop == "stopped":
                return INTERRUPTED
    except BrokenPipeError:
        # Python would complain once more when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return NOBODY_READS
    return 0


def _answer(one: Conversation, text: str, form: Literal["text", "json"], named: bool, out: TextIO) -> Reply:
    fitted: list[Fitted] = []

    def show(piece: str) -> None:
        if form == "text":
            out.write(inert(piece))
            out.flush()

    if named and form == "text":
        out.write(f"{one.speaker.name}:\n")
    reply = one.ask(text, show, fitted=fitted.append)
    if form == "json":
        # Escaped to ASCII, so that not even a line of JSON can drive a terminal.
        out.write(json.dumps({"name": one.speaker.name, **asdict(reply), "left_out": fitted[0].left_out}))
    elif fitted[0].note:
        print(fitted[0].note, file=sys.stderr)
    out.write("\n")
    out.flush()
    return reply
