"""The arena: every two contestants' answers are compared by a judge; the battles are kept and rated."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hackmentor.cell.shaped_files import check_shape
from hackmentor.evaluate.answer_log import Answer
from hackmentor.evaluate.judge.pair import Battle, Judge, build_pairs
from hackmentor.evaluate.question import Question
from hackmentor.evaluate.ratings.agreement import JudgeAgreement, compare_judges
from hackmentor.evaluate.ratings.ratings_summary import compute_ratings
from hackmentor.evaluate.ratings.read_battles import parse_battles
from hackmentor.evaluate.result_shapes import BattleRow
from hackmentor.records.read.rows import Row
from hackmentor.runtime.errors import EXIT_FAILED, StoppedError
from hackmentor.runtime.files import read_jsonl, write_json, write_text

BATTLES_FILE, RATINGS_FILE = "battles.jsonl", "ratings.json"
BOOTSTRAP_ROUNDS = 1000


@dataclass(frozen=True)
class ArenaResult:
    """The battles that one judge decided, their ratings (None without battles), and the cost of judging in words.

    `agreements` are those of all judges of the experiment, two by two.
    """

    judge: str
    battles: Sequence[Battle]
    skipped: Mapping[str, Sequence[str]]
    ratings: dict[str, Any] | None
    cost: str
    agreements: Sequence[JudgeAgreement] = ()


def run_arena(
    judge: Judge,
    questions: Sequence[Question],
    answers: Mapping[str, Sequence[Answer]],
    folder: Path,
    *,
    bases: Mapping[str, str],
    seed: int,
) -> ArenaResult:
    """Has the judge compare every two contestants on every question, and rates them.

    `bases` are those of the cells, which are compared with them at equal length too. battles.jsonl keeps the judgements
    of all judges that were used, ratings.json the ratings from this one.

    Raises:
        StoppedError: if the judge gave not a single judgement: the verdict would rest on something else.
    """
    judgements = judge.judge(list(build_pairs(questions, answers, seed)))
    if judgements.failure:
        raise StoppedError(judgements.failure, EXIT_FAILED)
    kept = _replace_battles(folder / BATTLES_FILE, judge.name, judgements.battles)
    if not judgements.battles:
        return ArenaResult(judge.name, [], judgements.skipped, None, judgements.cost)
    rows = (Row(index, _battle_row(battle)) for index, battle in enumerate(judgements.battles, start=1))
    ratings = compute_ratings(
        parse_battles(rows, source=BATTLES_FILE), reference=None, rounds=BOOTSTRAP_ROUNDS, seed=seed, bases=bases
    )
    write_json(folder / RATINGS_FILE, {"judge": judge.name, **ratings})
    agreements = list(compare_judges(kept, seed=seed))
    return ArenaResult(judge.name, judgements.battles, judgements.skipped, ratings, judgements.cost, agreements)


def _battle_row(battle: Battle) -> dict[str, Any]:
    # A question's id is unique within its set only.
    return {**asdict(battle), "question_id": f"{battle.set}/{battle.question_id}"}


def _replace_battles(path: Path, judge: str, battles: Sequence[Battle]) -> list[dict[str, Any]]:
    """Writes the battles in place of this judge's earlier ones, and returns all that the file has."""
    kept = [check_shape(row, BattleRow, str(path)) for row in read_jsonl(path)]
    rows = [row for row in kept if row["judge"] != judge] + [_battle_row(battle) for battle in battles]
    write_text(path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    return rows
