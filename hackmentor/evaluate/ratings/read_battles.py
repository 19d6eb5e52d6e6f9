"""Reads a file of battles, and names by line the rows that are not valid."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from hackmentor.evaluate.ratings.battles import FIRST_WON, SECOND_WON, TIE, Battles, Integers
from hackmentor.records.read.rows import Row, iter_rows
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.terminal import truncate_text

OUTCOMES = {"model_a": FIRST_WON, "model_b": SECOND_WON, "tie": TIE, "tie (bothbad)": TIE}
# How LMArena and MT-bench write a tie beside these.
OTHER_TIES = {"both_bad": TIE, "bothbad": TIE, "tie (inconsistent)": TIE}
# One column for each outcome, of which one is 1: the form of the Kaggle competitions.
OUTCOME_COLUMNS = {"winner_model_a": "model_a", "winner_model_b": "model_b", "winner_tie": "tie"}
PREFERENCES = {1: "model_a", 1.5: "tie", 2: "model_b"}
MAX_REPORTED_ROWS = 20
MISSING = -1


class _BattleColumns:
    """Collects rows in compact columns; raises ValueError for one that is not a valid battle."""

    def __init__(self) -> None:
        self.models: dict[object, int] = {}
        self.categories: dict[object, int] = {}
        self.questions: dict[object, int] = {}
        self.clusters: dict[object, int] = {}
        self.arrays = tuple(array("q") for _ in range(6))
        self.length_differences = array("d")

    def append(self, row: Row) -> None:
        if row.fault or not isinstance(row.content, dict):
            raise ValueError(row.fault or "not an object")
        for content in _normalize_battles(row.content):
            self._append_battle(content)

    def _append_battle(self, content: dict[str, object]) -> None:
        first, second = (
            _encode(self.models, content, key, _check_name, required=True) for key in ("model_a", "model_b")
        )
        if first == second:
            raise ValueError(f"{_format_value(content['model_a'])} is compared with itself")
        outcome = _parse_outcome(content)
        question = _encode(self.questions, content, "question_id", _check_text_or_number)
        category = _encode(self.categories, content, "category", _check_name)
        cluster = _encode(self.clusters, content, "cluster", _check_text_or_number)
        for values, value in zip(self.arrays, (first, second, outcome, question, category, cluster), strict=True):
            values.append(value)
        self.length_differences.append(_compare_lengths(content))

    def to_battles(self) -> Battles:
        columns = (np.frombuffer(values, np.int64) for values in self.arrays)
        first, second, outcome, question, category, cluster = columns
        models, models_by_name = _sort_names(self.models)
        categories, categories_by_name = _sort_names(self.categories)
        category = np.append(categories_by_name, MISSING)[category]
        without_question = question == MISSING
        # Battles without a question come first, each with a number of its own.
        question = np.where(without_question, np.cumsum(without_question) - 1, question + without_question.sum())
        # A battle without a cluster is one with those on its question.
        cluster = np.where(cluster == MISSING, question, question.max() + 1 + cluster)
        return Battles(
            models,
            models_by_name[first],
            models_by_name[second],
            outcome,
            question,
            cluster,
            category,
            categories,
            int(without_question.sum()),
            np.frombuffer(self.length_differences, np.float64),
            bool(self.clusters),
        )


def read_battles(path: Path) -> Battles:
    """Reads battles from JSON, JSON lines, CSV, TSV or Parquet.

    Each has `model_a`, `model_b` and `win` or `winner`: model_a, model_b, tie or tie (bothbad); or the columns of
    Kaggle, MT-bench or AlpacaEval. `question_id`, `category`, `cluster` (what questions that are not independent of
    each other share), `length_a` and `length_b` (of the answers) are optional; model_a is the answer that was shown
    first, also where `swapped` marks a row as the second judgement of a pair. Other keys are ignored.

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


def _compare_lengths(content: dict[str, object]) -> float:
    """(a - b) / (a + b) of the lengths of both answers; 0 if both are empty, NaN if not known."""
    first, second = (_read_number(content.get(key)) for key in ("length_a", "length_b"))
    if not (first >= 0 and second >= 0 and math.isfinite(first + second)):
        return math.nan
    return (first - second) / (first + second) if first + second else 0.0


def _parse_outcome(content: dict[str, object]) -> int:
    given = {key: content[key] for key in ("win", "winner") if content.get(key) is not None}
    if not given:
        raise ValueError("neither `win` nor `winner`")
    outcomes = {_parse_winner(key, value) for key, value in given.items()}
    if len(outcomes) > 1:
        raise ValueError("`win` and `winner` differ")
    return outcomes.pop()


def _parse_winner(key: str, value: object) -> int:
    outcomes = OUTCOMES | OTHER_TIES
    if not isinstance(value, str) or value not in outcomes:
        raise ValueError(f"`{key}` is {_format_value(value)}; write {', '.join(OUTCOMES)}")
    return outcomes[value]


def _normalize_battles(content: dict[str, object]) -> list[dict[str, object]]:
    """The battles of a row of another project, in our keys; a row of ours is one as it is.

    What a table leaves blank is not there; a question by a number with a point is that whole number. A category that is
    no text says nothing about where a battle belongs, nor does a cluster that is neither text nor a whole number.
    """
    fields = {key: value for key, value in content.items() if value != "" and value == value}
    question, category = fields.get("question_id"), fields.get("category")
    if isinstance(question, float) and question.is_integer():
        fields["question_id"] = int(question)
    if not isinstance(category, str) or not category.strip():
        fields.pop("category", None)
    if not isinstance(fields.get("cluster"), str | int) or isinstance(fields["cluster"], bool):
        fields.pop("cluster", None)
    if "model_a" not in fields and {"model_1", "model_2", "g1_winner", "g2_winner"} <= fields.keys():
        return _split_pair(fields)
    if "model_a" not in fields and {"generator_1", "generator_2", "preference"} <= fields.keys():
        fields |= {"model_a": fields["generator_1"], "model_b": fields["generator_2"]}
        fields["winner"] = _parse_preference(fields["preference"])
    elif fields.keys() >= OUTCOME_COLUMNS.keys() and not {"win", "winner"} & fields.keys():
        fields["winner"] = _find_outcome_column(fields)
    return [fields]


def _split_pair(fields: dict[str, object]) -> list[dict[str, object]]:
    """Both judgements of an MT-bench pair: `g2_winner` was given with the answers the other way round."""
    first, second = fields["model_1"], fields["model_2"]
    kept = {key: fields[key] for key in ("question_id", "category", "cluster") if key in fields}
    one = kept | {"model_a": first, "model_b": second, "winner": fields["g1_winner"]}
    other = kept | {"model_a": second, "model_b": first, "winner": fields["g2_winner"]}
    names = ({"model_1": "model_a", "model_2": "model_b"}, {"model_1": "model_b", "model_2": "model_a"})
    for battle, sides in zip((one, other), names, strict=True):
        battle["winner"] = sides.get(str(battle["winner"]), battle["winner"])
    return [one, other]


def _find_outcome_column(fields: dict[str, object]) -> str:
    chosen = [OUTCOME_COLUMNS[key] for key in OUTCOME_COLUMNS if _read_number(fields[key]) == 1]
    if len(chosen) != 1:
        raise ValueError(f"{len(chosen)} of {', '.join(OUTCOME_COLUMNS)} are 1")
    return chosen[0]


def _parse_preference(value: object) -> str:
    number = _read_number(value)
    if number not in PREFERENCES:
        raise ValueError(f"`preference` is {_format_value(value)}; write 1, 1.5 (a tie) or 2")
    return PREFERENCES[number]


def _read_number(value: object) -> float:
    """A number that may be text, as in a table; NaN for anything else."""
    try:
        return float(value) if isinstance(value, str | int | float) else math.nan
    except (ValueError, OverflowError):
        return math.nan


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
