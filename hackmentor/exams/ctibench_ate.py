"""CTI-ATE of CTIBench: the techniques that a report describes.

The authors publish no program that marks it, and neither paper nor repository says how F1 is averaged: both ways are
shown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from hackmentor.exams.ctibench_mcq import AUTHORS_SYSTEM_PROMPT
from hackmentor.exams.exam_file import RowFaultError, Tally
from hackmentor.exams.id_set_task import IdSetTask
from hackmentor.exams.item import ExamItem
from hackmentor.exams.task import get_text
from hackmentor.records.read.rows import Row

# Of a sub-technique its technique counts.
TECHNIQUE_ID = re.compile(r"\b(T\d{4})(?:\.\d{3})?\b")


class CtibenchAte(IdSetTask):
    """The last line of an answer is to list the techniques."""

    name = "ctibench-ate"
    title = "CTI-ATE"
    files = ("data/cti-ate.tsv", "cti-ate.tsv")
    system_prompt = AUTHORS_SYSTEM_PROMPT
    pattern = TECHNIQUE_ID

    def build_item(self, fields: Mapping[str, Any], row: Row, tally: Tally) -> ExamItem:
        """From URL, Platform, Description, Prompt and GT."""
        techniques = TECHNIQUE_ID.findall(get_text(fields, "GT").upper())
        if not techniques:
            raise RowFaultError("with a key that names no technique")
        key = ", ".join(dict.fromkeys(techniques))
        category = str(fields.get("Platform") or "")
        return self.build_page_item(fields, row, key, question="Description", category=category)
