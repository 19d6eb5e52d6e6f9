"""Terminal output: text from elsewhere made harmless, and progress bars."""

from __future__ import annotations

import unicodedata

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


def escape_control_characters(text: str) -> str:
    """Replaces control and format characters by visible escapes (`\\x1b`), so that text can't drive the terminal."""
    return "".join(
        c if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cf") else f"\\x{ord(c):02x}" for c in text
    )


def truncate_text(text: str, max_characters: int) -> str:
    """Shortens a text to a number of characters; an ellipsis marks where it was cut."""
    return text if len(text) <= max_characters else text[: max_characters - 1].rstrip() + "…"


def create_progress_bars() -> Progress:
    """Progress bars with a count and the time left, on standard error, so that results can be piped."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True))
