"""Reads answers that came from anywhere, and finds the item that each belongs to."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hackmentor.exams.exam_file import ExamFile
from hackmentor.exams.item import LETTERS, ExamItem
from hackmentor.exams.response_row import ResponseRow, iter_response_rows
from hackmentor.exams.task import ExamTask
from hackmentor.runtime.errors import UserError

MAX_DIGITS = 18


@dataclass(frozen=True, slots=True)
class Response:
    """One answer to one item; `truncated` says that it ended at its limit of tokens."""

    item: ExamItem
    text: str
    truncated: bool


@dataclass(frozen=True, slots=True)
class Responses:
    """The answers of each model, in the order of the file. `matched_by` says how items were found."""

    by_model: Mapping[str, list[Response]]
    matched_by: str
    left_out: int
    """Answers to rows of the exam that are no item."""


def read_responses(path: Path, task: ExamTask, exam: ExamFile) -> Responses:
    """Reads a file of answers: TSV, CSV, JSON or JSONL, a column for each model or a row for each answer.

    Items are found by the prompt, by the id, or by the order if there are as many rows as the exam has. Where a row
    has the exam's key too, it must be the item's.

    Raises:
        UserError: if the file can't be read, a row belongs to no item, or a key is another one.
    """
    rows = list(iter_response_rows(path))
    if not rows:
        raise UserError(f"{path}: no answers in it")
    by_model: dict[str, list[ResponseRow]] = defaultdict(list)
    for row in rows:
        by_model[row.model].append(row)
    found: dict[str, list[Response]] = {}
    ways, left_out = set[str](), 0
    for model, own_rows in by_model.items():
        items, way = _match_items(path, own_rows, exam)
        ways.add(way)
        left_out += items.count(None)
        pairs = [(row, item) for row, item in zip(own_rows, items, strict=True) if item is not None]
        _check_keys(path, task, pairs)
        found[model] = [Response(item, row.text, row.truncated) for row, item in pairs]
    return Responses(found, " and ".join(sorted(ways)), left_out)


def _match_items(path: Path, rows: Sequence[ResponseRow], exam: ExamFile) -> tuple[list[ExamItem | None], str]:
    if (by_prompt := _match_prompts(rows, exam.items)) is not None:
        return by_prompt, "prompt"
    by_id = {item.id: item for item in exam.items}
    if all(row.id in by_id for row in rows):
        return [by_id[row.id] for row in rows], "id"
    by_row: dict[int, ExamItem | None] = dict.fromkeys(range(1, exam.rows + 1))
    by_row |= {item.row: item for item in exam.items}
    numbers = [_read_number(row.id) for row in rows]
    if all(number in by_row for number in numbers):
        return [by_row[number] for number in numbers], "row"
    if len(rows) == exam.rows:
        return list(by_row.values()), "order"
    if len(rows) == len(exam.items):
        return list(exam.items), "order"
    unknown = next((row for row in rows if row.id and row.id not in by_id), None)
    reason = f"{unknown.location} has the id {unknown.id!r}, which no item has" if unknown else "no column says which"
    raise UserError(
        f"{path}: {len(rows):,} answers for the {exam.rows:,} rows of {exam.path}, and {reason}; give each answer an "
        "id (the exam's own, or the number of its row, from 1) or its prompt"
    )


def _match_prompts(rows: Sequence[ResponseRow], items: Iterable[ExamItem]) -> list[ExamItem | None] | None:
    """The item of each prompt; where items share a prompt, in their order. None if a row's prompt is no item's."""
    by_prompt: dict[str, list[ExamItem]] = defaultdict(list)
    for item in items:
        for text in {_fold(item.prompt), _fold(item.question)}:
            by_prompt[text].append(item)
    seen: Counter[str] = Counter()
    found: list[ExamItem | None] = []
    for row in rows:
        prompt = _fold(row.prompt)
        if not prompt or prompt not in by_prompt:
            return None
        same = by_prompt[prompt]
        found.append(same[seen[prompt] % len(same)])
        seen[prompt] += 1
    return found


def _check_keys(path: Path, task: ExamTask, pairs: Iterable[tuple[ResponseRow, ExamItem]]) -> None:
    """Refuses answers to another exam or in another order, as far as the file has the exam's keys."""
    for row, item in pairs:
        if row.key and not _is_same_key(task, item, row.key):
            raise UserError(
                f"{path}, {row.location}: its key is {row.key!r}, but that of item {item.id} is {item.key!r}: these "
                "are answers to another exam, or in another order; give each answer an id or its prompt"
            )


def _is_same_key(task: ExamTask, item: ExamItem, key: str) -> bool:
    """Whether a key in the file is the item's: as it stands, as the task reads it, or as the number of an option."""
    if _fold(key).upper() == _fold(item.key).upper() or task.mark_answer(item, key).outcome == "correct":
        return True
    if item.options:
        # A number from 0, or another text such as the option's own, which says nothing of letters.
        return LETTERS.find(item.key) == _read_number(key) if key.isdecimal() else len(key) > len(LETTERS)
    return False


def _read_number(text: str) -> int:
    """A whole number; -1 for another text, and for thousands of digits, which Python refuses to read."""
    return int(text) if text.isdecimal() and len(text) <= MAX_DIGITS else -1


def _fold(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def count_samples(responses: Sequence[Response]) -> tuple[int, int]:
    """The fewest and the most answers that an item has, of those that have any."""
    counts = Counter(response.item.id for response in responses).values()
    return min(counts), max(counts)


def iter_unanswered(exam: ExamFile, responses: Sequence[Response]) -> Iterator[ExamItem]:
    """The items without an answer."""
    answered = {response.item.id for response in responses}
    return (item for item in exam.items if item.id not in answered)
