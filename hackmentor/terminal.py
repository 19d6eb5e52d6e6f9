"""Text of foreign origin on a terminal: shown, never obeyed."""

from __future__ import annotations

import unicodedata


def inert(text: str) -> str:
    """The text with its control and format characters made visible, so that it can't drive the terminal."""
    return "".join(
        c if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cf") else f"\\x{ord(c):02x}" for c in text
    )


def shortened(text: str, most: int) -> str:
    """At most so many characters, with a mark where something was cut."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
