"""Read a file of battles; rows that cannot be taken as they are, are named by line."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from hackmentor.evaluate.ratings.battles import FIRST_WON, SECOND_WON, TIE, Battles, Integers
from hackmentor.records.read.rows import Row, rows
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.terminal import shortened

OUTCOMES = {"model_a": FIRST_WON, "model_b": SECOND_WON, "tie": TIE, "tie (bothbad)": TIE}
NAMED_AT_MOST = 20
NONE = -1


class _Reader:
    """Takes rows one by one into compact columns; what is wrong with a row is raised as ValueError."""

    def __init__(self) -> None:
        self.models: dict[object, int] = {}
        self.categories: dict[object, int] = {}
        self.questions: dict[object, int] = {}
        self.columns = tuple(array("q") for _ in range(5))

    def take(self, row: Row) -> None:
        if row.fault or not isinstance(row.content, dict):
            raise ValueError(row.fault or "not an object")
        first, second = (_code(self.models, row.content, key, _text, needed=True) for key in ("model_a", "model_b"))
        if first == second:
            raise ValueError(f"{_shown(row.content['model_a'])} fights against itself")
        outcome = _outcome(row.content)
        question = _code(self.questions, row.content, "question_id", _text_or_number)
        category = _code(self.categories, row.content, "category", _text)
        _check_the_rest(row.content)
        for column, value in zip(self.columns, (first, second, outcome, question, category), strict=True):
            column.append(value)

    def battles(self) -> Battles:
        first, second, outcome, question, category = (np.frombuffer(column, np.int64) for column in self.columns)
        models, models_by_name = _sorted(self.models)
        categories, categories_by_name = _sorted(self.categories)
        category = np.append(categories_by_name, NONE)[category]
        anonymous = question == NONE
        # Battles without a question come first, each with a number of its own.
        question = np.where(anonymous, np.cumsum(anonymous) - 1, question + anonymous.sum())
        return Battles(
            models,
            models_by_name[first],
            models_by_name[second],
            outcome,
            question,
            category,
            categories,
            int(anonymous.sum()),
        )


def read_battles(path: Path) -> Battles:
    """Reads a JSON list or JSONL of battles.

    Each has `model_a`, `model_b` and `win` or `winner`: model_a, model_b, tie or tie (bothbad). `question_id`,
    `category`, `judge` and `swapped` may be there; model_a is the answer that was shown first, also where `swapped`
    marks a row as the second judgement of a pair. Other keys are left alone.

    Raises:
        UserError: with every row, up to a limit, that is none of this, by its line; or if there are no rows.
    """
    return collect(rows(path), source=str(path))


def collect(found: Iterable[Row], *, source: str) -> Battles:
    """Takes rows that may be of any file; see `read_battles`."""
    reader, faults = _Reader(), []
    for row in found:
        try:
            reader.take(row)
        except ValueError as error:
            faults.append(f"{source}, {row.where}: {error}")
    if faults:
        more = len(faults) - NAMED_AT_MOST
        raise UserError("\n".join(faults[:NAMED_AT_MOST] + ([f"and {more} more such rows"] if more > 0 else [])))
    if not reader.columns[0]:
        raise UserError(f"{source}: holds no battles")
    return reader.battles()


def _outcome(content: dict[str, object]) -> int:
    given = {key: content[key] for key in ("win", "winner") if content.get(key) is not None}
    if not given:
        raise ValueError("neither `win` nor `winner`")
    found = {_winner(key, value) for key, value in given.items()}
    if len(found) > 1:
        raise ValueError("`win` and `winner` differ")
    return found.pop()


def _winner(key: str, value: object) -> int:
    if not isinstance(value, str) or value not in OUTCOMES:
        raise ValueError(f"`{key}` is {_shown(value)}; write {', '.join(OUTCOMES)}")
    return OUTCOMES[value]


def _check_the_rest(content: dict[str, object]) -> None:
    if not isinstance(content.get("judge"), str | None):
        raise ValueError(f"`judge` is {_shown(content['judge'])}, not text")
    if not isinstance(content.get("swapped"), bool | None):
        raise ValueError(f"`swapped` is {_shown(content['swapped'])}, not true or false")


def _code(
    codes: dict[object, int],
    content: dict[str, object],
    key: str,
    checked: Callable[[str, object], object],
    *,
    needed: bool = False,
) -> int:
    value = content.get(key)
    if value is None:
        if needed:
            raise ValueError(f"no `{key}`")
        return NONE
    checked(key, value)
    return codes.setdefault(value, len(codes))


def _text(key: str, value: object) -> None:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"`{key}` is {_shown(value)}, not a name")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise ValueError(f"`{key}` is {_shown(value)}, not valid Unicode") from error


def _text_or_number(key: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError(f"`{key}` is {_shown(value)}, neither text nor a whole number")


def _shown(value: object) -> str:
    # repr() leaves no control character as it is.
    return shortened(repr(value), 60)


def _sorted(codes: dict[object, int]) -> tuple[tuple[str, ...], Integers]:
    """The names in order, and for each code its place among them."""
    names = sorted(str(name) for name in codes)
    places = {name: place for place, name in enumerate(names)}
    return tuple(names), np.array([places[str(name)] for name in codes], dtype=np.int64)
