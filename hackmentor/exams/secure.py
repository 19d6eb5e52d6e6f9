"""SECURE (Bhusal et al. 2024): industrial control systems, in options, as true or false, and as numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any, ClassVar

from hackmentor.exams.answer_marker import Constant
from hackmentor.exams.choice_task import TableChoiceTask
from hackmentor.exams.cvss_task import MAX_SCORE
from hackmentor.exams.exam_file import RowFaultError, Tally
from hackmentor.exams.item import ExamItem, Mark
from hackmentor.exams.task import ExamTask, get_text
from hackmentor.exams.text_task import TextTask
from hackmentor.records.read.rows import Row

_WORDS = {"true": "T", "false": "F"}
_STATED = re.compile(r"\banswer\b\W*(?:is\W*)?(true|false|[TFX])\b", re.IGNORECASE)
_NUMBER = re.compile(r"(?<![\w.])(?:10(?:\.0+)?|\d(?:\.\d+)?)(?![\w.]*\d)")


class SecureChoice(TableChoiceTask):
    """Four options, and X for "I don't know", which counts as wrong."""

    abstention = "X"
    key_column = "Correct Answer"


class SecureMaet(SecureChoice):
    """Techniques against industrial control systems, from ATT&CK."""

    name = "secure-maet"
    title = "SECURE MAET"
    files = ("Dataset/SECURE - MAET.tsv", "SECURE - MAET.tsv")


class SecureCwet(SecureChoice):
    """Weaknesses and attack patterns, from CWE and CAPEC."""

    name = "secure-cwet"
    title = "SECURE CWET"
    files = ("Dataset/SECURE - CWET.tsv", "SECURE - CWET.tsv")


class SecureStatement(ExamTask):
    """A statement about a vulnerability: T, F, or X for "I don't know"."""

    keys: ClassVar[frozenset[str]] = frozenset("TF")

    def build_item(self, fields: Mapping[str, Any], row: Row, tally: Tally) -> ExamItem:
        """From URL, Prompt, Question and Correct Answer."""
        key = get_text(fields, "Correct Answer")
        if key.upper() not in self.keys:
            raise RowFaultError(f"with the key {key}, which is no option")
        if key != key.upper():
            tally.repaired[f"key {key!r} read as {key.upper()!r}"].append(row.location)
        return self.build_page_item(fields, row, key.upper(), question="Question")

    def mark_answer(self, item: ExamItem, answer: str) -> Mark:
        """The last line if it is T, F or X alone, or else the last statement of the form "answer: T"."""
        found = _find_truth_value(answer)
        if not found:
            return Mark("unparsed", 0.0)
        return Mark("correct", 1.0, found) if found == item.key else Mark("wrong", 0.0, found)

    def compute_chance(self, items: Sequence[ExamItem]) -> float | None:
        """Of true or false."""
        return 0.5


class SecureKcv(SecureStatement):
    """What a CVE record in the prompt says."""

    name = "secure-kcv"
    title = "SECURE KCV"
    files = ("Dataset/SECURE - KCV.tsv", "SECURE - KCV.tsv")


class SecureVood(SecureStatement):
    """The same statements without the record: X is right for all of them, so that a constant earns everything."""

    name = "secure-vood"
    title = "SECURE VOOD"
    files = ("Dataset/SECURE - VOOD.tsv", "SECURE - VOOD.tsv")
    keys = frozenset("TFX")

    def compute_chance(self, items: Sequence[ExamItem]) -> float | None:
        """Of true, false and X."""
        return 1 / 3


class SecureRert(TextTask):
    """One sentence that says what an attacker could do with the vulnerabilities of an advisory."""

    name = "secure-rert"
    title = "SECURE RERT"
    files = ("Dataset/SECURE - RERT.tsv", "SECURE - RERT.tsv")

    def build_item(self, fields: Mapping[str, Any], row: Row, tally: Tally) -> ExamItem:
        """From source-url, Prompt, Correct Answer and vulnerability-overview."""
        key = get_text(fields, "Correct Answer")
        return self.build_page_item(fields, row, key, question="vulnerability-overview", address="source-url")


class SecureCpst(ExamTask):
    """The base score of a CVSS 3 vector, as a number."""

    name = "secure-cpst"
    title = "SECURE CPST"
    files = ("Dataset/SECURE - CPST.tsv", "SECURE - CPST.tsv")
    measure = "mean deviation"
    worst_score = MAX_SCORE

    def build_item(self, fields: Mapping[str, Any], row: Row, tally: Tally) -> ExamItem:
        """From Prompt, CVSS v3 Vector String and Correct Answer."""
        key = get_text(fields, "Correct Answer")
        if not _NUMBER.fullmatch(key):
            raise RowFaultError("with a key that is no score from 0 to 10")
        return self.build_page_item(fields, row, key, question="CVSS v3 Vector String", address="")

    def mark_answer(self, item: ExamItem, answer: str) -> Mark:
        """The last number from 0 to 10; the score is how far it is from the key."""
        numbers = _NUMBER.findall(answer)
        if not numbers:
            return Mark("unparsed", MAX_SCORE)
        deviation = round(abs(float(numbers[-1]) - float(item.key)), 9)
        return Mark("wrong" if deviation else "correct", deviation, numbers[-1])

    def choose_constant(self, items: Sequence[ExamItem]) -> Constant:
        """The median, which deviates least."""
        middle = median(float(item.key) for item in items)
        return Constant(f"always {middle:.1f}", f"{middle:.1f}")

    def summarise(self, marks: Sequence[Mark]) -> dict[str, float]:
        """The mean absolute deviation (MAD) in both conventions, and the share of exact scores."""
        read = [mark.score for mark in marks if mark.outcome in ("correct", "wrong")]
        return {
            "MAD, unparsed skipped": sum(read) / len(read) if read else MAX_SCORE,
            "MAD, unparsed as 10": sum(mark.score for mark in marks) / len(marks),
            "exact %": 100 * sum(mark.outcome == "correct" for mark in marks) / len(marks),
        }


def _find_truth_value(answer: str) -> str:
    lines = [line.strip().strip("*_`\"'().: ") for line in answer.splitlines() if line.strip()]
    last = lines[-1] if lines else ""
    stated = _STATED.findall(answer)
    word = last if last.lower() in (*_WORDS, "t", "f", "x") else stated[-1] if stated else ""
    return _WORDS.get(word.lower(), word.upper())
