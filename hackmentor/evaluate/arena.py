"""The arena: pairs of answers, judged, kept, and rated."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hackmentor.evaluate.answer_log import Answer
from hackmentor.evaluate.judge.pair import Battle, Judge, pair_up
from hackmentor.evaluate.question import Question
from hackmentor.evaluate.ratings.ratings_summary import rate
from hackmentor.evaluate.ratings.read_battles import collect
from hackmentor.records.read.rows import Row
from hackmentor.runtime.files import read_jsonl, write_json, write_text

BATTLES, RATINGS = "battles.jsonl", "ratings.json"
ROUNDS = 1000


@dataclass(frozen=True)
class Arena:
    """What one judge made of an experiment, at what cost. `ratings` is None where there are no battles."""

    judge: str
    battles: Sequence[Battle]
    skipped: Mapping[str, Sequence[str]]
    ratings: dict[str, Any] | None
    cost: str


def fight(
    judge: Judge, questions: Sequence[Question], answers: Mapping[str, Sequence[Answer]], folder: Path, *, seed: int
) -> Arena:
    """Has the judge compare every two contestants on every question, and rates them.

    battles.jsonl keeps the judgements of every judge that was asked, ratings.json those of this one.
    """
    judged = judge.judge(list(pair_up(questions, answers, seed)))
    _keep(folder / BATTLES, judge.name, judged.battles)
    if not judged.battles:
        return Arena(judge.name, [], judged.skipped, None, judged.cost)
    rows = (Row(place, _row(one)) for place, one in enumerate(judged.battles, start=1))
    ratings = rate(collect(rows, source=BATTLES), reference=None, rounds=ROUNDS, seed=seed)
    write_json(folder / RATINGS, {"judge": judge.name, **ratings})
    return Arena(judge.name, judged.battles, judged.skipped, ratings, judged.cost)


def _row(one: Battle) -> dict[str, Any]:
    # A question's id is unique in its set only.
    return {**asdict(one), "question_id": f"{one.set}/{one.question_id}"}


def _keep(path: Path, judge: str, battles: Sequence[Battle]) -> None:
    rows = [row for row in read_jsonl(path) if row["judge"] != judge] + [_row(one) for one in battles]
    write_text(path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
