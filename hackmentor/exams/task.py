"""What each exam is: how its file is read, how an item is asked, and how an answer is marked."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from hackmentor.exams.answer_marker import AnswerMarker
from hackmentor.exams.entry_ids import find_entry_ids, normalise_address
from hackmentor.exams.exam_file import ExamFile, RowFaultError, Tally, identify_file
from hackmentor.exams.item import ExamItem
from hackmentor.records.message import Message
from hackmentor.records.read.rows import Row, iter_rows
from hackmentor.runtime.errors import UserError


class ExamTask(AnswerMarker):
    """One exam. A subclass says how a row becomes an item and how an answer is read; all of them are in `tasks.py`."""

    files: ClassVar[tuple[str, ...]]
    """Where its file lies in the folder that the authors publish; patterns of `Path.glob`."""
    system_prompt: ClassVar[str] = ""

    def read(self, path: Path) -> ExamFile:
        """Reads a file; rows that are no item are left out by the rules of `Tally`, and counted.

        Raises:
            UserError: if the file can't be read or has no item at all.
        """
        tally, items, rows = Tally(), list[ExamItem](), 0
        for row in self.iter_rows(path):
            rows += 1
            try:
                items.append(self._build(row, tally))
            except RowFaultError as fault:
                tally.left_out[str(fault)].append(row.location)
        if not items:
            reasons = ", ".join(f"{len(places)} {reason}" for reason, places in tally.left_out.items()) or "no rows"
            raise UserError(f"{path}: no item of {self.title} in it ({reasons})")
        tally.count_repeated(items)
        _refuse_shared_ids(path, items)
        return ExamFile(self.name, path, identify_file(path), tuple(items), rows, tally)

    def iter_rows(self, path: Path) -> Iterator[Row]:
        """The rows of its file."""
        return iter_rows(path)

    def _build(self, row: Row, tally: Tally) -> ExamItem:
        if row.fault or not isinstance(row.content, dict):
            raise RowFaultError(row.fault or "not an object")
        return self.build_item(row.content, row, tally)

    @abstractmethod
    def build_item(self, fields: Mapping[str, Any], row: Row, tally: Tally) -> ExamItem:
        """The item of a row. Raises RowFaultError, with a reason that is the same for all such rows."""

    def build_messages(self, prompt: str) -> tuple[Message, ...]:
        """The published prompt as messages."""
        user: Message = {"role": "user", "content": prompt}
        return ({"role": "system", "content": self.system_prompt}, user) if self.system_prompt else (user,)

    def build_page_item(
        self,
        fields: Mapping[str, Any],
        row: Row,
        key: str,
        *,
        question: str,
        prompt: str = "Prompt",
        address: str = "URL",
        item_id: object = None,
        options: tuple[str, ...] = (),
        category: str = "",
    ) -> ExamItem:
        """The item of a row that has the whole published prompt, about the page at an address.

        Args:
            fields: of the row.
            row: the row; its number is the item's id unless there is an `item_id`.
            key: as it was read.
            question: the field that has the question or the text that is asked about.
            prompt: the field that has the prompt.
            address: the field that has the address, if any.
            item_id: the authors' id.
            options: as they were read.
            category: of the item.

        Raises:
            RowFaultError: if prompt or question is missing.
        """
        page = str(fields.get(address) or "")
        return ExamItem(
            id=str(item_id or row.number),
            row=row.number,
            messages=self.build_messages(get_verbatim(fields, prompt)),
            question=get_text(fields, question),
            key=key,
            options=options,
            category=category,
            entries=find_entry_ids(page),
            cluster=normalise_address(page),
        )


def _refuse_shared_ids(path: Path, items: Sequence[ExamItem]) -> None:
    rows: dict[str, int] = {}
    for item in items:
        if rows.setdefault(item.id, item.row) != item.row:
            raise UserError(f"{path}: rows {rows[item.id]} and {item.row} have one id, {item.id!r}; give each its own")


def get_text(fields: Mapping[str, Any], *names: str) -> str:
    """The text of the first of these fields that a row has, stripped; numbers as text. Raises RowFaultError."""
    for name in names:
        value = fields.get(name)
        if isinstance(value, str | int | float) and not isinstance(value, bool) and str(value).strip():
            return str(value).strip()
    raise RowFaultError(f"without {names[0]}")


def get_verbatim(fields: Mapping[str, Any], name: str) -> str:
    """The text of a field as it stands, with white space around it: a published prompt. Raises RowFaultError."""
    get_text(fields, name)
    return str(fields[name])
