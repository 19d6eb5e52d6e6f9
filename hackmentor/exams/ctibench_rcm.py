"""CTI-RCM and CTI-RCM-2021 of CTIBench: the weakness behind a vulnerability."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from hackmentor.exams.ctibench_mcq import AUTHORS_SYSTEM_PROMPT
from hackmentor.exams.exam_file import RowFaultError, Tally
from hackmentor.exams.id_task import IdTask
from hackmentor.exams.item import ExamItem
from hackmentor.exams.task import get_text
from hackmentor.records.read.rows import Row

WEAKNESS_ID = re.compile(r"CWE-\d+", re.IGNORECASE)


class CtibenchRcm(IdTask):
    """The last CWE id of an answer is to be NVD's."""

    name = "ctibench-rcm"
    title = "CTI-RCM"
    files = ("data/cti-rcm.tsv", "cti-rcm.tsv")
    system_prompt = AUTHORS_SYSTEM_PROMPT
    pattern = WEAKNESS_ID

    def build_item(self, fields: Mapping[str, Any], row: Row, tally: Tally) -> ExamItem:
        """From URL, Description, Prompt and GT."""
        return self.build_page_item(fields, row, read_weakness_key(fields, "GT"), question="Description")


class CtibenchRcm2021(CtibenchRcm):
    """The same for vulnerabilities of 2021, which models may have read about."""

    name = "ctibench-rcm-2021"
    title = "CTI-RCM-2021"
    files = ("data/cti-rcm-2021.tsv", "cti-rcm-2021.tsv")


def read_weakness_key(fields: Mapping[str, Any], name: str) -> str:
    """The key in a field. Raises RowFaultError if it is no CWE id."""
    key = get_text(fields, name).upper()
    if not WEAKNESS_ID.fullmatch(key):
        raise RowFaultError("with a key that is no CWE id")
    return key
