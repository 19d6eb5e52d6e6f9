"""AthenaBench (Athena Security Group 2025): six tasks whose answers end with a line "Answer: ..."."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from hackmentor.exams.actor_task import ActorTask
from hackmentor.exams.choice_task import ChoiceTask, require_options
from hackmentor.exams.ctibench_rcm import WEAKNESS_ID, read_weakness_key
from hackmentor.exams.cvss_task import CvssTask, read_vector_key
from hackmentor.exams.exam_file import RowFaultError, Tally
from hackmentor.exams.id_set_task import IdSetTask
from hackmentor.exams.id_task import IdTask, normalise_dashes
from hackmentor.exams.item import ExamItem, Mark
from hackmentor.exams.task import get_text, get_verbatim
from hackmentor.records.read.rows import Row

ANSWER_FORM = "Answer: {key}"
_LABEL = re.compile(r"^\s*(?:final\s+answer|answer|prediction|output|result)\s*[:\-–—]?\s*", re.IGNORECASE)


def find_last_line(text: str, pattern: re.Pattern[str]) -> str:
    """The first match in the last line that has one, its label left out: the authors' rule; empty if there is none."""
    for line in reversed(text.splitlines()):
        if match := pattern.search(_LABEL.sub("", line)):
            return match[1] if pattern.groups else match[0]
    return ""


class AthenaMcq(ChoiceTask):
    """Five options; the authors call it CKT."""

    name = "athena-mcq"
    title = "AthenaBench CKT"
    answer_form = ANSWER_FORM
    files = ("benchmark-mini/athena-cti-mcq-3k.jsonl", "athena-cti-mcq-3k.jsonl")

    def build_item(self, fields: Mapping[str, Any], row: Row, tally: Tally) -> ExamItem:
        """From question, option_a to option_e, answer, prompt and url."""
        options = [str(fields.get(f"option_{letter}") or "").strip() for letter in "abcde"]
        while options and not options[-1]:
            options.pop()
        listed = require_options(options)
        key = self.read_key(get_text(fields, "answer"), listed, row, tally)
        category = str(fields.get("source_type") or "")
        return self.build_page_item(
            fields, row, key, question="question", prompt="prompt", address="url", item_id=fields.get("id"),
            options=listed, category=category,
        )  # fmt: skip


def _build_free_item(fields: Mapping[str, Any], row: Row, key: str, text: str) -> ExamItem:
    entry = str(fields.get("cve_id") or fields.get("technique_id") or "")
    return ExamItem(
        id=str(fields.get("id") or row.number),
        row=row.number,
        messages=({"role": "user", "content": get_verbatim(fields, "prompt")},),
        question=get_text(fields, text),
        key=key,
        entries=(entry,) if entry else (),
        cluster=entry,
    )


class AthenaRcm(IdTask):
    """The weakness behind a vulnerability of 2025."""

    name = "athena-rcm"
    title = "AthenaBench RCM"
    answer_form = ANSWER_FORM
    files = ("benchmark-mini/athena-cti-rcm.jsonl", "athena-cti-rcm.jsonl")
    pattern = WEAKNESS_ID

    def build_item(self, fields: Mapping[str, Any], row: Row, tally: Tally) -> ExamItem:
        """From cve_id, description, prompt and answer."""
        return _build_free_item(fields, row, read_weakness_key(fields, "answer"), "description")

    def find_id(self, text: str) -> str:
        """The first id of the last line that has one."""
        return find_last_line(normalise_dashes(text), self.pattern).upper()


class AthenaVsp(CvssTask):
    """The CVSS 3.1 vector of a vulnerability of 2025."""

    name = "athena-vsp"
    title = "AthenaBench VSP"
    answer_form = ANSWER_FORM
    files = ("benchmark-mini/athena-cti-vsp.jsonl", "athena-cti-vsp.jsonl")
    pattern = re.compile(r"(CVSS:3\.1/[^\s*`]+)", re.IGNORECASE)

    def build_item(self, fields: Mapping[str, Any], row: Row, tally: Tally) -> ExamItem:
        """From cve_id, description, prompt and answer."""
        return _build_free_item(fields, row, read_vector_key(get_text(fields, "answer")), "description")

    def find_vector(self, answer: str) -> str:
        """The first vector of the last line that has one, with its version."""
        return find_last_line(answer, self.pattern).upper()


class AthenaAte(IdTask):
    """The one technique that a scenario shows; of a sub-technique its technique counts."""

    name = "athena-ate"
    title = "AthenaBench ATE"
    answer_form = ANSWER_FORM
    files = ("benchmark-mini/athena-cti-ate.jsonl", "athena-cti-ate.jsonl")
    pattern = re.compile(r"(T\d{4})(?:\.\d{3})?", re.IGNORECASE)

    def build_item(self, fields: Mapping[str, Any], row: Row, tally: Tally) -> ExamItem:
        """From technique_id, scenario, prompt and answer."""
        match = self.pattern.fullmatch(get_text(fields, "answer"))
        if not match:
            raise RowFaultError("with a key that is no technique")
        return _build_free_item(fields, row, match[1].upper(), "scenario")

    def find_id(self, text: str) -> str:
        """The first technique of the last line that has one."""
        return find_last_line(text, self.pattern).upper()


class AthenaRms(IdSetTask):
    """The mitigations against a scenario."""

    name = "athena-rms"
    title = "AthenaBench RMS"
    answer_form = ANSWER_FORM
    files = ("benchmark-mini/athena-cti-rms.jsonl", "athena-cti-rms.jsonl")
    pattern: ClassVar[re.Pattern[str]] = re.compile(r"M\d{4}")

    def build_item(self, fields: Mapping[str, Any], row: Row, tally: Tally) -> ExamItem:
        """From technique_id, scenario, prompt and answer."""
        mitigations = self.pattern.findall(get_text(fields, "answer").upper())
        if not mitigations:
            raise RowFaultError("with a key that names no mitigation")
        return _build_free_item(fields, row, ", ".join(dict.fromkeys(mitigations)), "scenario")


class AthenaTaa(ActorTask):
    """The actor behind an incident. The authors' aliases are not published: only the same name is correct."""

    name = "athena-taa"
    title = "AthenaBench TAA"
    answer_form = ANSWER_FORM
    files = ("benchmark-mini/athena-cti-taa.jsonl", "athena-cti-taa.jsonl")

    def build_item(self, fields: Mapping[str, Any], row: Row, tally: Tally) -> ExamItem:
        """From url, description, prompt and answer."""
        key = get_text(fields, "answer")
        return self.build_page_item(fields, row, key, question="description", prompt="prompt", address="url")

    def find_actor(self, answer: str) -> str:
        """The last line without its label: the authors' rule."""
        return find_last_line(answer, re.compile(r"\S.*")).strip("*_\"'`. ")

    def summarise(self, marks: Sequence[Mark]) -> dict[str, float]:
        """The share of answers with the key's own name, in percent."""
        return {"same name %": 100 * sum(mark.score for mark in marks) / len(marks)}
