"""One piece of work with its answer: a record for training, or an item for evaluation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hackmentor.exams.item import ExamItem
from hackmentor.records.message import Message
from hackmentor.records.record import Record

SOURCE = "tasks"
LICENCE = "Apache-2.0"
# Of the embedded material and the wordings: it is written into every record.
VERSION = "0.2.0"


@dataclass(frozen=True, slots=True)
class Provenance:
    """Under which licence a text may be used, and of which release it is."""

    licence: str = LICENCE
    version: str = VERSION


@dataclass(frozen=True, slots=True)
class Case:
    """What is asked, and what is right.

    `key` is what an answer is compared with, in a form that its task reads; `answer` is the worked answer, which is
    right by the task's own mark. `facts` are what its `find_label_fault` computes the key from again. `earlier` are the
    turns before the question in a dialogue. `entries` are the ids of all catalogue entries that it is about,
    `upstream_id` the first of them, or the id of our own text; `split_key` keeps cases of one entry on one side.
    """

    id: str
    upstream_id: str
    split_key: str
    instruction: str
    input: str
    key: str
    answer: str
    category: str = ""
    entries: tuple[str, ...] = ()
    earlier: tuple[Message, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def question(self) -> str:
        """What the user writes last."""
        return f"{self.instruction}\n\n{self.input}" if self.input else self.instruction

    def to_item(self, row: int) -> ExamItem:
        """The case as an item of evaluation, the `row`-th, from 1."""
        last: Message = {"role": "user", "content": self.question}
        return ExamItem(
            id=self.id,
            row=row,
            messages=(*self.earlier, last),
            question=self.input or self.instruction,
            key=self.key,
            category=self.category,
            entries=self.entries or (self.upstream_id,),
            cluster=self.split_key,
        )

    def to_record(self, task: str, provenance: Provenance) -> Record:
        """The case as a training record: iio, or turn where it has earlier turns."""
        fields = {
            "id": self.id,
            "source": SOURCE,
            "upstream_id": self.upstream_id,
            "upstream_version": provenance.version,
            "licence": provenance.licence,
            "made_by": f"template:task.{task}",
            "task": f"task.{task}",
        }
        if not self.earlier:
            return Record(**fields, shape="iio", instruction=self.instruction, input=self.input, output=self.answer)  # type: ignore[arg-type]
        last: tuple[Message, ...] = (
            {"role": "user", "content": self.question},
            {"role": "assistant", "content": self.answer},
        )
        return Record(**fields, shape="turn", messages=(*self.earlier, *last))  # type: ignore[arg-type]
