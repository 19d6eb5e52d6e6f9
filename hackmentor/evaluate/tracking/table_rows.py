"""The tables of an evaluation: what someone wants to sort, filter and read. Rows only; needs no tracker."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, fields
from itertools import combinations
from typing import Any

from hackmentor.evaluate.answer_log import Answer
from hackmentor.evaluate.verdict.findings import Finding
from hackmentor.evaluate.verdict.verdict import Verdict
from hackmentor.track.tracker import Confusion, Table

# What a judgement of a pair says, of the name that comes first in the alphabet.
WON, TIE, LOST = "first won", "tie", "second won"
CLASSES = (WON, TIE, LOST)


def leaderboard(verdict: Verdict) -> Table:
    """One row a contestant, the best first: its rating, and its value on each measure."""
    rated = (verdict.ratings or {}).get("bradley_terry", {})
    names = [measure.name for measure in verdict.measures]
    rows = []
    for place, name in enumerate(verdict.ranking, start=1):
        rating = rated.get(name, {})
        values = [one.scores[name].value if name in one.scores else None for one in verdict.measures]
        rows.append([place, name, *(rating.get(key) for key in ("rating", "low", "high")), *values])
    return Table(("place", "contestant", "rating", "rating low", "rating high", *names), rows)


def differences(verdict: Verdict) -> Table:
    """One row a cell and measure: what tuning changed, and whether that is shown."""
    return Table([field.name for field in fields(Finding)], [astuple(finding) for finding in verdict.findings])


def side_by_side(answers: Mapping[str, Sequence[Answer]]) -> Table:
    """One row a question, one column a contestant."""
    asked = {one.question_id: one for all_of in answers.values() for one in all_of}
    said = {(name, one.question_id): one.text for name, all_of in answers.items() for one in all_of}
    rows = [
        [one.set, key, one.question, *(said.get((name, key), "") for name in answers)] for key, one in asked.items()
    ]
    return Table(("set", "id", "question", *answers), rows)


def own_answers(answers: Sequence[Answer]) -> Table:
    """One row a question that one contestant answered."""
    rows = [[one.set, one.question_id, one.question, one.text, one.tokens, one.stop] for one in answers]
    return Table(("set", "id", "question", "answer", "tokens", "stop"), rows)


def judgements(battles: Sequence[Mapping[str, Any]]) -> Table:
    """One row a battle, of every judge that was asked."""
    columns = ("judge", "question_id", "model_a", "model_b", "win", "reason")
    rows = [[*(one[column] for column in columns), ", ".join(one.get("votes", ()))] for one in battles]
    return Table((*columns, "votes"), rows)


def judges_compared(battles: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Confusion]]:
    """Where a judge agrees with itself when the sides are swapped, and where two judges agree with each other."""
    by_judge: dict[str, dict[tuple[str, ...], Mapping[str, Any]]] = {}
    for one in battles:
        key = (one["question_id"], *sorted((one["model_a"], one["model_b"])))
        by_judge.setdefault(one["judge"], {})[key] = one
    for judge, judged in by_judge.items():
        twice = [one for one in judged.values() if len(one.get("votes", ())) == 2]
        if twice:
            said = [[_class(one, vote) for vote in one["votes"]] for one in twice]
            yield f"{judge}: as shown (rows), sides swapped (columns)", _confusion(said)
    for (judge, first), (other, second) in combinations(by_judge.items(), 2):
        both = [key for key in first if key in second]
        if both:
            said = [[_class(judged[key], judged[key]["win"]) for judged in (first, second)] for key in both]
            yield f"{judge} (rows), {other} (columns)", _confusion(said)


def _confusion(said: Sequence[Sequence[int]]) -> Confusion:
    return Confusion(CLASSES, [first for first, _ in said], [second for _, second in said])


def _class(battle: Mapping[str, Any], win: str) -> int:
    if win == "tie":
        return CLASSES.index(TIE)
    return CLASSES.index(WON if battle[win] == min(battle["model_a"], battle["model_b"]) else LOST)
