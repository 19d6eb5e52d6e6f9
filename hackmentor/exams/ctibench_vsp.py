"""CTI-VSP of CTIBench: the severity of a vulnerability as a CVSS 3.1 vector."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hackmentor.exams.ctibench_mcq import AUTHORS_SYSTEM_PROMPT
from hackmentor.exams.cvss_task import CvssTask, read_vector_key
from hackmentor.exams.entry_ids import find_entry_ids, normalise_address
from hackmentor.exams.exam_file import Tally
from hackmentor.exams.item import ExamItem
from hackmentor.exams.task import get_text, get_verbatim
from hackmentor.records.read.rows import Row


class CtibenchVsp(CvssTask):
    """The last vector of an answer is compared with NVD's by base score."""

    name = "ctibench-vsp"
    title = "CTI-VSP"
    files = ("data/cti-vsp.tsv", "cti-vsp.tsv")
    system_prompt = AUTHORS_SYSTEM_PROMPT

    def build_item(self, fields: Mapping[str, Any], row: Row, tally: Tally) -> ExamItem:
        """From URL, Description, Prompt and GT."""
        address = str(fields.get("URL") or "")
        return ExamItem(
            id=str(row.number),
            row=row.number,
            messages=self.build_messages(get_verbatim(fields, "Prompt")),
            question=get_text(fields, "Description"),
            key=read_vector_key(get_text(fields, "GT")),
            entries=find_entry_ids(address),
            cluster=normalise_address(address),
        )
