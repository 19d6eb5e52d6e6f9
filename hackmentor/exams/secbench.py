"""SecBench (Tencent 2025), its multiple-choice questions in English and in Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from hackmentor.exams.choice_task import SeveralChoicesTask, list_options, require_options
from hackmentor.exams.exam_file import ExamFile, RowFaultError, Tally
from hackmentor.exams.item import ExamItem
from hackmentor.exams.task import get_text
from hackmentor.records.read.rows import Row

_OTHER_LANGUAGE = "in another language"


class SecBench(SeveralChoicesTask):
    """The questions of one language. Some have several right letters, and only the whole set is right."""

    files = ("data/MCQs_2730.jsonl", "MCQs_2730.jsonl")
    language: ClassVar[str]
    instruction: ClassVar[str]

    def read(self, path: Path) -> ExamFile:
        """Reads the questions of the language; those of the other one belong to another exam and are not counted."""
        found = super().read(path)
        found.tally.left_out.pop(_OTHER_LANGUAGE, None)
        return found

    def build_item(self, fields: Mapping[str, Any], row: Row, tally: Tally) -> ExamItem:
        """From question, answers, label, language and domain."""
        if str(fields.get("language")) != self.language:
            raise RowFaultError(_OTHER_LANGUAGE)
        answers = fields.get("answers")
        if not isinstance(answers, list):
            raise RowFaultError("without answers")
        options = require_options([str(answer).strip() for answer in answers])
        question = get_text(fields, "question")
        return ExamItem(
            id=str(row.number),
            row=row.number,
            messages=self.build_messages(f"{self.instruction}\n\n{question}\n{list_options(options)}"),
            question=question,
            key=self.read_key(get_text(fields, "label"), options, row, tally),
            options=options,
            category=str(fields.get("domain") or ""),
        )


class SecBenchEnglish(SecBench):
    """The authors publish no prompt: this wording is ours."""

    name = "secbench-en"
    title = "SecBench, English"
    language = "English"
    instruction = "Answer this question with the letter of the right option, or the letters if several are right."


class SecBenchChinese(SecBench):
    """The authors publish no prompt: this wording is ours."""

    name = "secbench-zh"
    title = "SecBench, Chinese"
    language = "Chinese"
    instruction = "请回答下面的选择题，只给出正确选项的字母；如有多个正确选项，请给出全部字母。"
