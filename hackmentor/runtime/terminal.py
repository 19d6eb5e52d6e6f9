"""Text from elsewhere, made harmless for the terminal and for log files."""

from __future__ import annotations

import logging
import sys
import traceback
import unicodedata
from types import TracebackType


def escape_control_characters(text: str) -> str:
    """Replaces control characters, format characters and surrogates by visible escapes (`\\x1b`).

    Text of somebody else can't drive the terminal then.
    """
    return "".join(
        c if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cf", "Cs") else f"\\x{ord(c):02x}" for c in text
    )


def is_utf8(text: str) -> bool:
    """Whether a text can be written: Python keeps the bytes of a file's name that are not UTF-8 as surrogates."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def print_message(message: str) -> None:
    """Prints a message for the user on standard error: it may quote files, servers and models of anybody."""
    print(escape_control_characters(message), file=sys.stderr)


def print_traceback(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """A `sys.excepthook` that prints Python's traceback with control characters escaped."""
    print_message("".join(traceback.format_exception(kind, error, trace)).rstrip("\n"))


class EscapingFormatter(logging.Formatter):
    """A formatter whose lines can't drive a terminal: the one they are printed on, or that shows the log file later."""

    def __init__(self, inner: logging.Formatter) -> None:
        super().__init__()
        self._inner = inner

    def format(self, record: logging.LogRecord) -> str:
        """What the inner formatter makes of it, with control characters escaped."""
        return escape_control_characters(self._inner.format(record))


def escape_log_lines() -> None:
    """Makes the handlers of the root logger, as they are set up now, escape control characters."""
    for handler in logging.getLogger().handlers:
        if handler.formatter is not None and not isinstance(handler.formatter, EscapingFormatter):
            handler.setFormatter(EscapingFormatter(handler.formatter))


def truncate_text(text: str, max_characters: int) -> str:
    """Shortens a text to a number of characters; an ellipsis marks where it was cut."""
    return text if len(text) <= max_characters else text[: max_characters - 1].rstrip() + "…"
