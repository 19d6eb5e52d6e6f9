"""The battles over the questions that the page shows: who beat whom, who judged, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hackmentor.evaluate.arena import BATTLES
from hackmentor.review.read_files import clipped, read_lines

# Of one question: all of a grid of ten cells and bases; of forty those with the own base, and those among the best.
MOST = 60
_LONGEST_REASON = 240


@dataclass(frozen=True)
class Judgement:
    """One battle. `winner` is the name of a contestant, or empty for a tie."""

    a: str
    b: str
    winner: str
    judge: str
    reason: str


@dataclass(frozen=True)
class Fought:
    """The battles over one question, and how many more there were."""

    shown: Sequence[Judgement]
    left_out: int


def fought(
    folder: Path, questions: Set[str], bases: Mapping[str, str], ranking: Sequence[str]
) -> tuple[dict[str, Fought], int]:
    """By the id of each of these questions its battles; and how many lines of the file can't be read.

    Those of a cell with its own base come first, then those among the best; `bases` maps cells to their bases.
    """
    rows, unread = read_lines(folder / BATTLES)
    by_question: dict[str, list[Judgement]] = {}
    for row in rows:
        if row.get("question_id") in questions:
            by_question.setdefault(row["question_id"], []).append(_judgement(row))
    place = {name: at for at, name in enumerate(ranking)}
    return {question: _chosen(all_of, bases, place) for question, all_of in by_question.items()}, unread


def _judgement(row: Mapping[str, Any]) -> Judgement:
    a, b = str(row.get("model_a", "")), str(row.get("model_b", ""))
    winner = {"model_a": a, "model_b": b}.get(str(row.get("win")), "")
    return Judgement(a, b, winner, str(row.get("judge", "")), clipped(str(row.get("reason", "")), _LONGEST_REASON))


def _chosen(all_of: Sequence[Judgement], bases: Mapping[str, str], place: Mapping[str, int]) -> Fought:
    def matters(one: Judgement) -> tuple[bool, int]:
        own = bases.get(one.a) == one.b or bases.get(one.b) == one.a
        return not own, max(place.get(name, len(place)) for name in (one.a, one.b))

    shown = sorted(all_of, key=matters)[:MOST]
    return Fought(shown, len(all_of) - len(shown))


def as_rows(all_of: Mapping[str, Fought], names: Sequence[str]) -> dict[str, Any]:
    """For the page, without a name or a judge a hundred times: places in `names`, and lists."""
    place = {name: at for at, name in enumerate(names)}
    return {question: {"left_out": one.left_out, "rows": list(_rows(one, place))} for question, one in all_of.items()}


def _rows(one: Fought, place: Mapping[str, int]) -> Iterator[list[Any]]:
    for battle in one.shown:
        if battle.a in place and battle.b in place:
            winner = place[battle.winner] if battle.winner else None
            yield [place[battle.a], place[battle.b], winner, battle.judge, battle.reason]
