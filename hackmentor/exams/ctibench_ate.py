"""CTI-ATE of CTIBench: the techniques that a report describes.

The authors publish no program that marks it, and neither paper nor repository says how F1 is averaged: both ways are
shown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from hackmentor.exams.ctibench_mcq import AUTHORS_SYSTEM_PROMPT
from hackmentor.exams.entry_ids import find_entry_ids, normalise_address
from hackmentor.exams.exam_file import RowFaultError, Tally
from hackmentor.exams.id_set_task import IdSetTask
from hackmentor.exams.item import ExamItem
from hackmentor.exams.task import get_text, get_verbatim
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
        address = str(fields.get("URL") or "")
        return ExamItem(
            id=str(row.number),
            row=row.number,
            messages=self.build_messages(get_verbatim(fields, "Prompt")),
            question=get_text(fields, "Description"),
            key=", ".join(dict.fromkeys(techniques)),
            category=str(fields.get("Platform") or ""),
            entries=find_entry_ids(address),
            cluster=normalise_address(address),
        )
