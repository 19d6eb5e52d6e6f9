"""The tables of an evaluation for a tracker, to sort, filter and read: rows only, without a tracker."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, fields
from itertools import combinations
from typing import Any

from hackmentor.evaluate.answer_log import Answer
from hackmentor.evaluate.verdict.exam_splits import ExamSplit
from hackmentor.evaluate.verdict.findings import Finding
from hackmentor.evaluate.verdict.verdict import Verdict
from hackmentor.track.tracker import ConfusionMatrix, Table

# The outcome of a battle for the contestant whose name comes first in the alphabet.
WON, TIE, LOST = "first won", "tie", "second won"
CLASSES = (WON, TIE, LOST)


def build_leaderboard_rows(verdict: Verdict) -> Table:
    """One row per contestant, the best first: its rating, and its value on each measure."""
    ratings = (verdict.ratings or {}).get("bradley_terry", {})
    names = [measure.name for measure in verdict.measures]
    rows = []
    for place, name in enumerate(verdict.ranking, start=1):
        rating = ratings.get(name, {})
        values = [measure.scores[name].value if name in measure.scores else None for measure in verdict.measures]
        rows.append([place, name, *(rating.get(key) for key in ("rating", "low", "high")), *values])
    return Table(("place", "contestant", "rating", "rating low", "rating high", *names), rows)


def build_finding_rows(verdict: Verdict) -> Table:
    """One row per cell and measure: what fine-tuning changed, and whether the difference is significant."""
    columns = [field.name for field in fields(Finding) if field.name != "runs"]
    rows = [[*(getattr(finding, name) for name in columns), len(finding.runs) or 1] for finding in verdict.findings]
    return Table([*columns, "runs"], rows)


def build_split_rows(verdict: Verdict) -> Table:
    """One row per cell, exam and part: the scores by what the cell was trained on."""
    return Table([field.name for field in fields(ExamSplit)], [astuple(split) for split in verdict.exam_splits])


def build_comparison_rows(answers: Mapping[str, Sequence[Answer]]) -> Table:
    """One row per question, one column per contestant."""
    by_question = {answer.question_id: answer for answer_list in answers.values() for answer in answer_list}
    texts = {(name, answer.question_id): answer.text for name, given in answers.items() for answer in given}
    rows = [
        [answer.set, key, answer.question, *(texts.get((name, key), "") for name in answers)]
        for key, answer in by_question.items()
    ]
    return Table(("set", "id", "question", *answers), rows)


def build_prediction_rows(answers: Sequence[Answer]) -> Table:
    """One row per question that a contestant answered."""
    rows = [
        [answer.set, answer.question_id, answer.question, answer.text, answer.tokens, answer.stop] for answer in answers
    ]
    return Table(("set", "id", "question", "answer", "tokens", "stop"), rows)


def build_battle_rows(battles: Sequence[Mapping[str, Any]]) -> Table:
    """One row per battle, of every judge."""
    columns = ("judge", "question_id", "model_a", "model_b", "win", "reason")
    rows = [[*(battle[column] for column in columns), ", ".join(battle.get("votes", ()))] for battle in battles]
    return Table((*columns, "votes"), rows)


def build_judge_confusions(battles: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, ConfusionMatrix]]:
    """The agreement of each judge with itself when sides are swapped, and of every two judges, with a title each."""
    by_judge: dict[str, dict[tuple[str, ...], Mapping[str, Any]]] = {}
    for battle in battles:
        key = (battle["question_id"], *sorted((battle["model_a"], battle["model_b"])))
        by_judge.setdefault(battle["judge"], {})[key] = battle
    for judge, judged in by_judge.items():
        judged_twice = [battle for battle in judged.values() if len(battle.get("votes", ())) == 2]
        if judged_twice:
            classes = [[_class_index(battle, vote) for vote in battle["votes"]] for battle in judged_twice]
            yield f"{judge}: as shown (rows), sides swapped (columns)", _build_confusion(classes)
    for (row_judge, row_battles), (column_judge, column_battles) in combinations(by_judge.items(), 2):
        shared = [key for key in row_battles if key in column_battles]
        if shared:
            classes = [
                [_class_index(judged[key], judged[key]["win"]) for judged in (row_battles, column_battles)]
                for key in shared
            ]
            yield f"{row_judge} (rows), {column_judge} (columns)", _build_confusion(classes)


def _build_confusion(class_pairs: Sequence[Sequence[int]]) -> ConfusionMatrix:
    return ConfusionMatrix(CLASSES, [first for first, _ in class_pairs], [second for _, second in class_pairs])


def _class_index(battle: Mapping[str, Any], win: str) -> int:
    if win == "tie":
        return CLASSES.index(TIE)
    return CLASSES.index(WON if battle[win] == min(battle["model_a"], battle["model_b"]) else LOST)
