"""One item of an exam, and the mark of one answer to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from hackmentor.records.message import Message

Outcome = Literal["correct", "wrong", "unparsed", "truncated"]
OUTCOMES: tuple[Outcome, ...] = ("correct", "wrong", "unparsed", "truncated")
LETTERS = "ABCDEFGHIJ"


@dataclass(frozen=True, slots=True)
class ExamItem:
    """One question with its key.

    `row` is its place in the file, from 1, with rows that were left out counted too. `messages` are the published
    prompt. `options` are without their letters; an item without options asks for free text. `key` is the right answer:
    a letter, several letters in order, an id, several ids, a vector or a name. `entries` are the ids of the catalogue
    entries that it asks about, as far as the file says; `cluster` is what it shares with items that are not independent
    of it, such as their source page.
    """

    id: str
    row: int
    messages: tuple[Message, ...]
    question: str
    key: str
    options: tuple[str, ...] = ()
    category: str = ""
    entries: tuple[str, ...] = ()
    cluster: str = ""

    @property
    def prompt(self) -> str:
        """The last message: what the user asks."""
        return self.messages[-1]["content"]

    @property
    def answer_text(self) -> str:
        """The key in words: the texts of the right options, or the key itself where there are none."""
        return " ".join(self.options[LETTERS.index(letter)] for letter in self.key) if self.options else self.key


@dataclass(frozen=True, slots=True)
class Mark:
    """What one answer is worth. `answer` is what was read from it, empty if nothing could be.

    `score` is 1 for a right and 0 for a wrong answer, the F1 of ids, or the deviation of a CVSS score; the meaning is
    that of the task's `measure`. An answer that is unparsed or truncated has the worst score that there is.
    `details` has figures that only this task knows, such as `plausible`.
    """

    outcome: Outcome
    score: float
    answer: str = ""
    details: Mapping[str, float] = field(default_factory=dict)

    def as_truncated(self, worst: float) -> Mark:
        """The mark of an answer that ended at its limit of tokens: what stands in it may not be its last word."""
        return replace(self, outcome="truncated", score=worst)
