"""CTI-VSP of CTIBench: the severity of a vulnerability as a CVSS 3.1 vector."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hackmentor.exams.ctibench_mcq import AUTHORS_SYSTEM_PROMPT
from hackmentor.exams.cvss_task import CvssTask, read_vector_key
from hackmentor.exams.exam_file import Tally
from hackmentor.exams.item import ExamItem
from hackmentor.exams.task import get_text
from hackmentor.records.read.rows import Row


class CtibenchVsp(CvssTask):
    """The last vector of an answer is compared with NVD's by base score."""

    name = "ctibench-vsp"
    title = "CTI-VSP"
    files = ("data/cti-vsp.tsv", "cti-vsp.tsv")
    system_prompt = AUTHORS_SYSTEM_PROMPT

    def build_item(self, fields: Mapping[str, Any], row: Row, tally: Tally) -> ExamItem:
        """From URL, Description, Prompt and GT."""
        return self.build_page_item(fields, row, read_vector_key(get_text(fields, "GT")), question="Description")
