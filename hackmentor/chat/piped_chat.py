"""Chat through a pipe: messages from standard input, only the answers to standard output."""

from __future__ import annotations

import itertools
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, BinaryIO, Literal, TextIO

from hackmentor.runtime.errors import UserError
from hackmentor.runtime.terminal import escape_control_characters

if TYPE_CHECKING:  # they import torch
    from hackmentor.chat.chat_model import ChatReply
    from hackmentor.chat.conversation import Conversation, TruncatedConversation

EXIT_INTERRUPTED, EXIT_BROKEN_PIPE = 130, 141


def read_messages(stream: BinaryIO, one_per_line: bool) -> list[str]:
    """Reads the messages: the whole input as one, or each non-empty line with `one_per_line`.

    Raises:
        UserError: if there are none, or the input is not UTF-8 text.
    """
    try:
        text = stream.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(f"standard input is not UTF-8 text (byte {error.start:,})") from error
    found = [line for line in (text.split("\n") if one_per_line else [text]) if line.strip()]
    if not found:
        raise UserError("standard input is empty; pipe a question into it")
    return found


def answer_messages(
    conversations: Sequence[Conversation], messages: Sequence[str], output_format: Literal["text", "json"], out: TextIO
) -> int:
    """Sends each message to each conversation, in order, and writes the answers; returns the exit code.

    Raises:
        UserError: if a message is too long.
    """
    try:
        for text, conversation in itertools.product(messages, conversations):
            if _answer_message(conversation, text, output_format, len(conversations) > 1, out).stop == "stopped":
                return EXIT_INTERRUPTED
    except BrokenPipeError:
        # Python would complain once more when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_BROKEN_PIPE
    return 0


def _answer_message(
    conversation: Conversation, text: str, output_format: Literal["text", "json"], show_name: bool, out: TextIO
) -> ChatReply:
    truncations: list[TruncatedConversation] = []

    def write_text(text: str) -> None:
        if output_format == "text":
            out.write(escape_control_characters(text))
            out.flush()

    if show_name and output_format == "text":
        out.write(f"{conversation.model.name}:\n")
    reply = conversation.send(text, write_text, on_truncated=truncations.append)
    if output_format == "json":
        # Escaped to ASCII, so that not even a line of JSON can contain terminal control codes.
        out.write(
            json.dumps({"name": conversation.model.name, **asdict(reply), "left_out": truncations[0].dropped_exchanges})
        )
    elif truncations[0].note:
        print(truncations[0].note, file=sys.stderr)
    out.write("\n")
    out.flush()
    return reply
