"""CTI-MCQ of CTIBench (Alam et al. 2024): what ATT&CK, CWE, CAPEC and regulations say, in four options."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hackmentor.exams.choice_task import ChoiceTask, read_options
from hackmentor.exams.entry_ids import find_entry_ids, normalise_address
from hackmentor.exams.exam_file import Tally
from hackmentor.exams.item import ExamItem
from hackmentor.exams.task import get_text, get_verbatim
from hackmentor.records.read.rows import Row

AUTHORS_SYSTEM_PROMPT = "You are a cybersecurity expert specializing in cyberthreat intelligence."


class CtibenchMcq(ChoiceTask):
    """The last line of an answer is to be the letter."""

    name = "ctibench-mcq"
    title = "CTI-MCQ"
    files = ("data/cti-mcq.tsv", "cti-mcq.tsv")
    system_prompt = AUTHORS_SYSTEM_PROMPT

    def build_item(self, fields: Mapping[str, Any], row: Row, tally: Tally) -> ExamItem:
        """From URL, Question, Option A to D, Prompt and GT."""
        options = read_options(fields, ("Option A", "Option B", "Option C", "Option D"), row, tally)
        address = str(fields.get("URL") or "")
        return ExamItem(
            id=str(row.number),
            row=row.number,
            messages=self.build_messages(get_verbatim(fields, "Prompt")),
            question=get_text(fields, "Question"),
            key=self.read_key(get_text(fields, "GT"), options, row, tally),
            options=options,
            entries=find_entry_ids(address),
            cluster=normalise_address(address),
        )
