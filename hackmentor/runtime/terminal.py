"""What goes to the terminal: text of foreign origin, shown and never obeyed, and bars of progress."""

from __future__ import annotations

import unicodedata

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


def inert(text: str) -> str:
    """The text with its control and format characters made visible, so that it can't drive the terminal."""
    return "".join(
        c if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cf") else f"\\x{ord(c):02x}" for c in text
    )


def shortened(text: str, most: int) -> str:
    """At most so many characters, with a mark where something was cut."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def progress_bars() -> Progress:
    """Bars with a count and the time left, on standard error, so that results can be piped."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True))
