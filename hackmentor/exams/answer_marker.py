"""How answers are marked, and what their marks come to: what exams by file and tasks of our own have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from hackmentor.endpoint.thoughts import split_thoughts
from hackmentor.exams.item import ExamItem, Mark

Measure = Literal["share right", "mean F1", "mean overlap", "mean deviation"]


@dataclass(frozen=True, slots=True)
class Constant:
    """The one answer that earns most when it is given to every item, without reading any; `label` says what it is."""

    label: str
    answer: str


class AnswerMarker(ABC):
    """Marks answers to items of one kind."""

    name: ClassVar[str]
    """What the user calls it, such as ctibench-mcq."""
    title: ClassVar[str]
    """What papers call it, such as CTI-MCQ."""
    measure: ClassVar[Measure] = "share right"
    worst_score: ClassVar[float] = 0.0
    examples: ClassVar[int] = 0
    """How many questions with their answers the published prompt shows."""
    answer_form: ClassVar[str] = "{key}"
    """How the prompt wants the key, for more examples; empty where an example can't be made of an item."""

    def mark(self, item: ExamItem, text: str, *, truncated: bool = False) -> Mark:
        """Marks an answer, without the thoughts in front of it.

        Args:
            item: what was asked.
            text: the answer as the model gave it.
            truncated: it ended at its limit of tokens: it is not read, as its end is missing.
        """
        mark = self.mark_answer(item, split_thoughts(text)[0])
        return mark.as_truncated(self.worst_score) if truncated else mark

    @abstractmethod
    def mark_answer(self, item: ExamItem, answer: str) -> Mark:
        """Marks a whole answer without thoughts."""

    def choose_constant(self, items: Sequence[ExamItem]) -> Constant:
        """The commonest key."""
        key, count = Counter(item.key for item in items).most_common(1)[0]
        return Constant(f"always {key} ({count:,} of {len(items):,})", key)

    def compute_chance(self, items: Sequence[ExamItem]) -> float | None:
        """What guessing among the options earns on average; None for free text."""
        return None

    def summarise(self, marks: Sequence[Mark]) -> dict[str, float]:
        """The published figures by name, the main one first; shares are percent."""
        return {"right %": 100 * sum(mark.score for mark in marks) / len(marks)}
