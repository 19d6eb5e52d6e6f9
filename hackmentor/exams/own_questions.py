"""A team's own multiple-choice file: CSV, TSV, JSON or JSONL with question, options and answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from hackmentor.exams.choice_task import ChoiceTask, list_options, require_options
from hackmentor.exams.exam_file import RowFaultError, Tally
from hackmentor.exams.item import LETTERS, ExamItem
from hackmentor.exams.task import get_text
from hackmentor.records.read.rows import Row


class OwnQuestions(ChoiceTask):
    """Keys in upper or lower case.

    - question: the text.
    - A, B, ... (or option_a, ...), as many as there are; in JSON also `options`, a list.
    - answer: the letter of the right option.
    - optional: id, category, source (items of one source count as one cluster), entries (ids of the catalogue entries
      asked about, a list or with commas between).
    """

    name = "mcq"
    title = "own questions"
    files = ()

    def build_item(self, fields: Mapping[str, Any], row: Row, tally: Tally) -> ExamItem:
        """Asks for the letter in words of ours."""
        known = {str(name).strip().lower(): value for name, value in fields.items()}
        options = _read_own_options(known)
        question = get_text(known, "question")
        listed = list_options(options)
        return ExamItem(
            id=str(known.get("id") or row.number),
            row=row.number,
            messages=self.build_messages(f"{question}\n{listed}\nAnswer with the letter of the right option."),
            question=question,
            key=self.read_key(get_text(known, "answer", "solution", "key"), options, row, tally),
            options=options,
            category=str(known.get("category") or ""),
            entries=_read_entries(known.get("entries")),
            cluster=str(known.get("source") or ""),
        )


def _read_own_options(fields: Mapping[str, Any]) -> tuple[str, ...]:
    listed = fields.get("options", fields.get("choices"))
    if isinstance(listed, list):
        options = [str(option).strip() for option in listed]
    else:
        options = [
            str(fields.get(letter, fields.get(f"option_{letter}", fields.get(f"option {letter}"))) or "").strip()
            for letter in LETTERS.lower()
        ]
        # A row may have fewer options than the table has columns, but none missing between others.
        while options and not options[-1]:
            options.pop()
    if len(options) > len(LETTERS):
        raise RowFaultError(f"with more than {len(LETTERS)} options")
    return require_options(options)


def _read_entries(value: object) -> tuple[str, ...]:
    parts = value if isinstance(value, list) else re.split(r"[,;\s]+", str(value or ""))
    return tuple(str(part).strip() for part in parts if str(part).strip())
