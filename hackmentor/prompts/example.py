"""One record as tokens, with the mask of what the assistant says."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Example:
    """One record as tokens, or a part of one: `trained[i]` tells whether token i is one that the assistant says."""

    id: str
    input_ids: list[int]
    trained: list[bool]

    @property
    def trained_tokens(self) -> int:
        """How many tokens have a loss. The first token of a record has none: nothing precedes it."""
        return sum(self.trained[1:])

    @property
    def computed_tokens(self) -> int:
        """How many of its first tokens go through the model: from those after them nothing is predicted."""
        last = next((place for place in range(len(self.trained) - 1, 0, -1) if self.trained[place]), None)
        return len(self.input_ids) if last is None else last
