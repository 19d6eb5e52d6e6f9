"""A training example: tokens, and the loss mask over what the assistant says."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Example:
    """A record, or a part of one, as tokens. `trained` is the loss mask: whether token i is said by the assistant.

    Both lists have the same length. Cached examples are stored under these names.
    """

    id: str
    input_ids: list[int]
    trained: list[bool]

    @property
    def trained_tokens(self) -> int:
        """The number of tokens that have a loss. The first token of an example has none: nothing precedes it."""
        return sum(self.trained[1:])

    @property
    def computed_tokens(self) -> int:
        """The number of first tokens that go through the model: nothing that has a loss is predicted from the rest."""
        last = next((place for place in range(len(self.trained) - 1, 0, -1) if self.trained[place]), None)
        return len(self.input_ids) if last is None else last
