"""Exams whose answer is one id, such as that of a weakness."""

from __future__ import annotations

import re
from typing import ClassVar

from hackmentor.exams.item import ExamItem, Mark
from hackmentor.exams.task import ExamTask

# Models write CWE‑79 with hyphens that are no minus sign.
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"))


class IdTask(ExamTask):
    """The answer is the last id in the text."""

    pattern: ClassVar[re.Pattern[str]]

    def mark_answer(self, item: ExamItem, answer: str) -> Mark:
        """Right if the last id is the key."""
        found = self.find_id(answer)
        if not found:
            return Mark("unparsed", 0.0)
        return Mark("correct", 1.0, found) if found == item.key else Mark("wrong", 0.0, found)

    def find_id(self, text: str) -> str:
        """The last id, in capitals; empty if there is none."""
        matches = self.pattern.findall(normalise_dashes(text))
        return matches[-1].upper() if matches else ""


def normalise_dashes(text: str) -> str:
    """The text with an ASCII hyphen for every dash."""
    return text.translate(_DASHES)
