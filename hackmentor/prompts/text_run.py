"""A stretch of text between two control tokens, and which of its tokens are trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from hackmentor.prompts.control_tokens import strip_trailing_space


@dataclass
class TextRun:
    """Plain text between two control tokens, and the spans of it that are trained on (in characters)."""

    text: str = ""
    trained: list[tuple[int, int]] = field(default_factory=list)

    def add(self, text: str, trained: bool) -> None:
        """Appends text."""
        start = len(self.text)
        if trained and text:
            if self.trained and self.trained[-1][1] == start:
                start = self.trained.pop()[0]
            self.trained.append((start, len(self.text) + len(text)))
        self.text += text

    def strip_trailing_space(self) -> None:
        """Takes the white space at its end away, as a control token behind it does."""
        self.text = strip_trailing_space(self.text)
        length = len(self.text)
        self.trained = [(start, min(end, length)) for start, end in self.trained if start < length]


def mark_overlapping_tokens(offsets: Sequence[tuple[int, int]], spans: Sequence[tuple[int, int]]) -> list[bool]:
    """Which tokens share a character with one of the spans."""
    if not spans:
        return [False] * len(offsets)
    return [any(low < end and start < high for low, high in spans) for start, end in offsets]
