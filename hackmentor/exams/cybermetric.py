"""CyberMetric (Tihanyi et al. 2024): questions from standards, research papers and books, in four options."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from hackmentor.exams.choice_task import ChoiceTask, read_options
from hackmentor.exams.exam_file import RowFaultError, Tally
from hackmentor.exams.item import LETTERS, ExamItem
from hackmentor.exams.json_list import iter_wrapped_list
from hackmentor.exams.task import get_text
from hackmentor.records.read.rows import Row


class CyberMetric(ChoiceTask):
    """The answer is to have the form "ANSWER: X"."""

    system_prompt = "You are a security expert who answers questions."
    answer_form = "ANSWER: {key}"

    def iter_rows(self, path: Path) -> Iterator[Row]:
        """The questions of the list `questions`."""
        return iter_wrapped_list(path, key="questions")

    def build_item(self, fields: Mapping[str, Any], row: Row, tally: Tally) -> ExamItem:
        """From question, answers (by letter) and solution."""
        answers = fields.get("answers")
        if not isinstance(answers, dict) or list(answers) != list(LETTERS[: len(answers)]):
            raise RowFaultError("without answers from A on")
        options = read_options(answers, list(answers), row, tally)
        question = get_text(fields, "question")
        listed = ", ".join(f"{letter}) {text}" for letter, text in zip(LETTERS, options, strict=False))
        prompt = (
            f"Question: {question}\nOptions: {listed}\n\nChoose the correct answer (A, B, C, or D) only. "
            "Always return in this format: 'ANSWER: X' "
        )
        return ExamItem(
            id=str(row.number),
            row=row.number,
            messages=self.build_messages(prompt),
            question=question,
            key=self.read_key(get_text(fields, "solution"), options, row, tally),
            options=options,
        )


class CyberMetric80(CyberMetric):
    """80 questions that people have checked."""

    name = "cybermetric-80"
    title = "CyberMetric-80"
    files = ("CyberMetric-80-v1.json",)


class CyberMetric500(CyberMetric):
    """500 questions that people have checked."""

    name = "cybermetric-500"
    title = "CyberMetric-500"
    files = ("CyberMetric-500-v1.json",)


class CyberMetric2000(CyberMetric):
    """2,000 questions that people have checked."""

    name = "cybermetric-2000"
    title = "CyberMetric-2000"
    files = ("CyberMetric-2000-v1.json",)


class CyberMetric10000(CyberMetric):
    """All questions; nearly all of the 2,000 are among them."""

    name = "cybermetric-10000"
    title = "CyberMetric-10000"
    files = ("CyberMetric-10000-v1.json",)
