"""Reads a file of battles, and names by line the rows that are not valid."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from hackmentor.evaluate.ratings.battles import FIRST_WON, SECOND_WON, TIE, Battles, Integers
from hackmentor.records.read.rows import Row, iter_rows
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.terminal import truncate_text

OUTCOMES = {"model_a": FIRST_WON, "model_b": SECOND_WON, "tie": TIE, "tie (bothbad)": TIE}
MAX_REPORTED_ROWS = 20
MISSING = -1


class _BattleColumns:
    """Collects rows in compact columns; raises ValueError for one that is not a valid battle."""

    def __init__(self) -> None:
        self.models: dict[object, int] = {}
        self.categories: dict[object, int] = {}
        self.questions: dict[object, int] = {}
        self.arrays = tuple(array("q") for _ in range(5))

    def append(self, row: Row) -> None:
        if row.fault or not isinstance(row.content, dict):
            raise ValueError(row.fault or "not an object")
        first, second = (
            _encode(self.models, row.content, key, _check_name, required=True) for key in ("model_a", "model_b")
        )
        if first == second:
            raise ValueError(f"{_format_value(row.content['model_a'])} is compared with itself")
        outcome = _parse_outcome(row.content)
        question = _encode(self.questions, row.content, "question_id", _check_text_or_number)
        category = _encode(self.categories, row.content, "category", _check_name)
        _check_optional_fields(row.content)
        for values, value in zip(self.arrays, (first, second, outcome, question, category), strict=True):
            values.append(value)

    def to_battles(self) -> Battles:
        first, second, outcome, question, category = (np.frombuffer(values, np.int64) for values in self.arrays)
        models, models_by_name = _sort_names(self.models)
        categories, categories_by_name = _sort_names(self.categories)
        category = np.append(categories_by_name, MISSING)[category]
        without_question = question == MISSING
        # Battles without a question come first, each with a number of its own.
        question = np.where(without_question, np.cumsum(without_question) - 1, question + without_question.sum())
        return Battles(
            models,
            models_by_name[first],
            models_by_name[second],
            outcome,
            question,
            category,
            categories,
            int(without_question.sum()),
        )


def read_battles(path: Path) -> Battles:
    """Reads a JSON list or JSONL of battles.

    Each has `model_a`, `model_b` and `win` or `winner`: model_a, model_b, tie or tie (bothbad). `question_id`,
    `category`, `judge` and `swapped` are optional; model_a is the answer that was shown first, also where `swapped`
    marks a row as the second judgement of a pair. Other keys are ignored.

    Raises:
        UserError: that names every invalid row, up to a limit, by its line; or if there are no rows.
    """
    return parse_battles(iter_rows(path), source=str(path))


def parse_battles(rows: Iterable[Row], *, source: str) -> Battles:
    """The battles in rows of any origin, called `source` in errors; see `read_battles`."""
    columns, faults = _BattleColumns(), []
    for row in rows:
        try:
            columns.append(row)
        except ValueError as error:
            faults.append(f"{source}, {row.location}: {error}")
    if faults:
        more = len(faults) - MAX_REPORTED_ROWS
        raise UserError("\n".join(faults[:MAX_REPORTED_ROWS] + ([f"and {more} more such rows"] if more > 0 else [])))
    if not columns.arrays[0]:
        raise UserError(f"{source}: has no battles")
    return columns.to_battles()


def _parse_outcome(content: dict[str, object]) -> int:
    given = {key: content[key] for key in ("win", "winner") if content.get(key) is not None}
    if not given:
        raise ValueError("neither `win` nor `winner`")
    outcomes = {_parse_winner(key, value) for key, value in given.items()}
    if len(outcomes) > 1:
        raise ValueError("`win` and `winner` differ")
    return outcomes.pop()


def _parse_winner(key: str, value: object) -> int:
    if not isinstance(value, str) or value not in OUTCOMES:
        raise ValueError(f"`{key}` is {_format_value(value)}; write {', '.join(OUTCOMES)}")
    return OUTCOMES[value]


def _check_optional_fields(content: dict[str, object]) -> None:
    if not isinstance(content.get("judge"), str | None):
        raise ValueError(f"`judge` is {_format_value(content['judge'])}, not text")
    if not isinstance(content.get("swapped"), bool | None):
        raise ValueError(f"`swapped` is {_format_value(content['swapped'])}, not true or false")


def _encode(
    codes: dict[object, int],
    content: dict[str, object],
    key: str,
    check: Callable[[str, object], object],
    *,
    required: bool = False,
) -> int:
    value = content.get(key)
    if value is None:
        if required:
            raise ValueError(f"no `{key}`")
        return MISSING
    check(key, value)
    return codes.setdefault(value, len(codes))


def _check_name(key: str, value: object) -> None:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"`{key}` is {_format_value(value)}, not a name")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise ValueError(f"`{key}` is {_format_value(value)}, not valid Unicode") from error


def _check_text_or_number(key: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError(f"`{key}` is {_format_value(value)}, neither text nor a whole number")


def _format_value(value: object) -> str:
    # repr() leaves no control character as it is.
    return truncate_text(repr(value), 60)


def _sort_names(codes: dict[object, int]) -> tuple[tuple[str, ...], Integers]:
    """The names in order, and for each code its place among them."""
    names = sorted(str(name) for name in codes)
    places = {name: place for place, name in enumerate(names)}
    return tuple(names), np.array([places[str(name)] for name in codes], dtype=np.int64)
