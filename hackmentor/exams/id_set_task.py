"""Exams whose answer is a set of ids, marked by their F1."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import ClassVar

from hackmentor.exams.answer_marker import Constant
from hackmentor.exams.item import ExamItem, Mark
from hackmentor.exams.task import ExamTask


class IdSetTask(ExamTask):
    """The ids of the last line that has any; the first group of `pattern` is what counts of an id."""

    measure = "mean F1"
    pattern: ClassVar[re.Pattern[str]]

    def mark_answer(self, item: ExamItem, answer: str) -> Mark:
        """Correct where both sets are the same; the score is the F1 of this item."""
        found, wanted = self.find_ids(answer), set(self.pattern.findall(item.key))
        if not found:
            return Mark("unparsed", 0.0, details={"hits": 0.0, "given": 0.0, "wanted": float(len(wanted))})
        hits = len(found & wanted)
        details = {"hits": float(hits), "given": float(len(found)), "wanted": float(len(wanted))}
        score = 2 * hits / (len(found) + len(wanted))
        return Mark("correct" if found == wanted else "wrong", score, ", ".join(sorted(found)), details)

    def find_ids(self, answer: str) -> set[str]:
        """The ids of the last line that has any, in capitals."""
        found = [set(self.pattern.findall(line.upper())) for line in answer.splitlines()]
        return next((ids for ids in reversed(found) if ids), set())

    def choose_constant(self, items: Sequence[ExamItem]) -> Constant:
        """The commonest ids, as many as earn most when they are the answer to every item."""
        keys = [set(self.pattern.findall(item.key)) for item in items]
        ranked = [name for name, _ in Counter(name for key in keys for name in key).most_common()]

        def earn(count: int) -> float:
            chosen = set(ranked[:count])
            return sum(2 * len(chosen & key) / (count + len(key)) for key in keys)

        chosen = sorted(ranked[: max(range(1, min(len(ranked), 30) + 1), key=earn)])
        return Constant(f"always the {len(chosen)} commonest ids", ", ".join(chosen))

    def summarise(self, marks: Sequence[Mark]) -> dict[str, float]:
        """The mean of the items' F1, and the F1 of all ids together; both in percent."""
        hits, given, wanted = (sum(m.details.get(name, 0) for m in marks) for name in ("hits", "given", "wanted"))
        return {
            "mean F1 %": 100 * sum(mark.score for mark in marks) / len(marks),
            "micro F1 %": 200 * hits / (given + wanted) if given + wanted else 0.0,
        }
