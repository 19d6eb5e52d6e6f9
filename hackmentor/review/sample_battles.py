"""The battles over the questions that the page shows: who beat whom, who judged, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hackmentor.evaluate.arena import BATTLES_FILE
from hackmentor.review.read_files import clip_text, read_jsonl_objects

# Per question. Of a grid of ten cells and their bases that is all; of forty, those with the own base and of the best.
MAX_BATTLES = 60
_MAX_REASON_CHARS = 240


@dataclass(frozen=True)
class BattleResult:
    """One judged battle. `winner` is the name of a contestant, or empty for a tie."""

    contestant_a: str
    contestant_b: str
    winner: str
    judge: str
    reason: str


@dataclass(frozen=True)
class QuestionBattles:
    """The battles over one question that are shown, and how many more there were."""

    shown: Sequence[BattleResult]
    left_out: int


def read_question_battles(
    folder: Path, question_ids: Set[str], bases: Mapping[str, str], ranking: Sequence[str]
) -> tuple[dict[str, QuestionBattles], int]:
    """The battles over each of these questions, by its id; and how many lines of the file can't be read.

    Battles of a cell with its own base come first, then those among the best; `bases` maps cells to their bases.
    """
    rows, unreadable = read_jsonl_objects(folder / BATTLES_FILE)
    by_question: dict[str, list[BattleResult]] = {}
    for row in rows:
        if row.get("question_id") in question_ids:
            by_question.setdefault(row["question_id"], []).append(_parse_battle(row))
    ranks = {name: rank for rank, name in enumerate(ranking)}
    return {question: _select_battles(battles, bases, ranks) for question, battles in by_question.items()}, unreadable


def _parse_battle(row: Mapping[str, Any]) -> BattleResult:
    a, b = str(row.get("model_a", "")), str(row.get("model_b", ""))
    winner = {"model_a": a, "model_b": b}.get(str(row.get("win")), "")
    reason = clip_text(str(row.get("reason", "")), _MAX_REASON_CHARS)
    return BattleResult(a, b, winner, str(row.get("judge", "")), reason)


def _select_battles(
    battles: Sequence[BattleResult], bases: Mapping[str, str], ranks: Mapping[str, int]
) -> QuestionBattles:
    def get_priority(battle: BattleResult) -> tuple[bool, int]:
        names = battle.contestant_a, battle.contestant_b
        has_own_base = bases.get(names[0]) == names[1] or bases.get(names[1]) == names[0]
        return not has_own_base, max(ranks.get(name, len(ranks)) for name in names)

    shown = sorted(battles, key=get_priority)[:MAX_BATTLES]
    return QuestionBattles(shown, len(battles) - len(shown))


def encode_battles(battles: Mapping[str, QuestionBattles], names: Sequence[str]) -> dict[str, Any]:
    """The battles by question id, for the page: lists with indexes into `names` instead of names, to keep it small."""
    indexes = {name: index for index, name in enumerate(names)}
    return {
        question_id: {"left_out": question.left_out, "rows": list(_encode_rows(question, indexes))}
        for question_id, question in battles.items()
    }


def _encode_rows(question: QuestionBattles, indexes: Mapping[str, int]) -> Iterator[list[Any]]:
    for battle in question.shown:
        if battle.contestant_a in indexes and battle.contestant_b in indexes:
            winner = indexes[battle.winner] if battle.winner else None
            contestants = indexes[battle.contestant_a], indexes[battle.contestant_b]
            yield [*contestants, winner, battle.judge, battle.reason]
