"""Exams whose answer is a CVSS 3 vector, marked by the deviation of its base score."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from statistics import median
from typing import ClassVar

from hackmentor.exams.answer_marker import Constant
from hackmentor.exams.exam_file import RowFaultError
from hackmentor.exams.item import ExamItem, Mark
from hackmentor.exams.task import ExamTask
from hackmentor.runtime.errors import UserError

MAX_SCORE = 10.0
# The largest deviation that a key allows: of 2.3, the lowest score of a vector with an impact (AthenaBench's scale).
ATHENA_SCALE = 7.7
_METRICS = ("AV", "AC", "PR", "UI", "S", "C", "I", "A")
_VECTOR = re.compile("/".join(f"{metric}:[A-Za-z]+" for metric in _METRICS), re.IGNORECASE)


class CvssTask(ExamTask):
    """The answer is the last vector in the text; its score is how far its base score is from the key's."""

    measure = "mean deviation"
    worst_score = MAX_SCORE
    pattern: ClassVar[re.Pattern[str]] = _VECTOR

    def mark_answer(self, item: ExamItem, answer: str) -> Mark:
        """Correct where the base score is the key's to the digit; the score is the absolute deviation."""
        vector = self.find_vector(answer)
        score = compute_base_score(vector) if vector else None
        if score is None:
            return Mark("unparsed", MAX_SCORE)
        key_score = compute_base_score(item.key)
        assert key_score is not None, "read_vector_key lets no other key pass"
        deviation = abs(score - key_score)
        return Mark("wrong" if deviation else "correct", deviation, vector)

    def find_vector(self, answer: str) -> str:
        """The last vector, in capitals and without its version; empty if there is none."""
        matches = self.pattern.findall(answer)
        return matches[-1].upper() if matches else ""

    def choose_constant(self, items: Sequence[ExamItem]) -> Constant:
        """The commonest vector among those whose base score is nearest to the keys' median, which deviates least."""
        scores = [compute_base_score(item.key) or 0.0 for item in items]
        middle = median(scores)
        nearest = min(scores, key=lambda score: abs(score - middle))
        vectors = Counter(item.key for item, score in zip(items, scores, strict=True) if score == nearest)
        vector = vectors.most_common(1)[0][0]
        return Constant(f"always a vector of score {nearest}", vector)

    def summarise(self, marks: Sequence[Mark]) -> dict[str, float]:
        """The mean absolute deviation (MAD) in both conventions for what can't be parsed, and on both scales."""
        read = [mark.score for mark in marks if mark.outcome in ("correct", "wrong")]
        skipped = sum(read) / len(read) if read else MAX_SCORE
        counted = sum(mark.score for mark in marks) / len(marks)
        return {
            "MAD, unparsed skipped": skipped,
            "MAD, unparsed as 10": counted,
            "1 - MAD/10, unparsed as 10": 1 - counted / MAX_SCORE,
            "1 - MAD/7.7, unparsed skipped": 1 - skipped / ATHENA_SCALE,
        }


def read_vector_key(key: str) -> str:
    """A key that is a vector. Raises RowFaultError if it is none."""
    if compute_base_score(key) is None:
        raise RowFaultError("with a key that is no CVSS 3 vector")
    return key


@cache
def compute_base_score(vector: str) -> float | None:
    """The base score (0 to 10) of a CVSS 3 vector, with or without its version in front; None if it is none.

    Raises:
        UserError: if the package `cvss` is missing.
    """
    try:
        from cvss import CVSS3, CVSSError
    except ImportError as error:
        raise UserError("the package 'cvss' is not installed. Install it: pip install cvss") from error
    text = vector.strip().upper()
    try:
        return float(CVSS3(text if text.startswith("CVSS:") else f"CVSS:3.1/{text}").scores()[0])
    except CVSSError:
        return None
