"""From what was measured, answered and judged to measures: the scores of each contestant, item by item."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Any

from hackmentor.evaluate.exam.exam_question import OWN
from hackmentor.evaluate.judge.pair import Battle
from hackmentor.evaluate.verdict.findings import Measure, Scores, measure_of

ARENA = "arena"
TITLES = {"exam": "exam, share right", "general": "general questions, share right"}


def losses(figures: Mapping[str, Mapping[str, Any]], bases: Mapping[str, str]) -> Iterator[Measure]:
    """The held-out loss in nats a token, one measure a shape; `figures` are those of `HeldOut`, by contestant."""
    for shape in next(iter(figures.values()))["shapes"]:
        scores = {
            name: Scores({one["id"]: (one["nats"], one["tokens"]) for one in all_of["shapes"][shape]["records"]})
            for name, all_of in figures.items()
        }
        yield measure_of(f"loss {shape}", f"loss, {shape}", "less", scores, bases)


def arena(battles: Sequence[Battle], bases: Mapping[str, str]) -> Measure:
    """What a cell got in its battles with its own base: 1 for a win, half for a tie.

    The scores of all contestants are over all their battles.
    """
    everyone: dict[str, dict[str, tuple[float, float]]] = {}
    for place, one in enumerate(battles):
        for name, points in _points(one).items():
            everyone.setdefault(name, {})[str(place)] = (points, 1.0)
    pairs = {}
    for cell, base in bases.items():
        met = [one for one in battles if {one.model_a, one.model_b} == {cell, base}]
        if met:
            own = {f"{one.set}/{one.question_id}": (_points(one)[cell], 1.0) for one in met}
            pairs[cell] = (Scores(own), Scores({key: (1.0 - points, 1.0) for key, (points, _) in own.items()}))
    scores = {name: Scores(items) for name, items in everyone.items()}
    return Measure(ARENA, "arena, points a battle", "more", scores, pairs, 0.5)


def _points(one: Battle) -> dict[str, float]:
    a = {"model_a": 1.0, "tie": 0.5, "model_b": 0.0}[one.win]
    return {one.model_a: a, one.model_b: 1.0 - a}


def exams(figures: Mapping[str, Mapping[str, Any]], general: Set[str], bases: Mapping[str, str]) -> Iterator[Measure]:
    """The share of right answers, one measure a task; `figures` are those of `Exam`, by contestant.

    Our own task is two measures: `general` has the ids of the questions that are not about security.
    """
    for place, task in enumerate(next(iter(figures.values()))["tasks"]):
        right = {
            name: {answer["id"]: (float(answer["correct"]), 1.0) for answer in all_of["tasks"][place]["answers"]}
            for name, all_of in figures.items()
        }
        asked = {answer["id"] for answer in task["answers"]}
        parts = {"exam": asked - general, "general": asked & general} if task["task"] == OWN else {task["task"]: asked}
        for name, ids in parts.items():
            scores = {who: Scores({key: items[key] for key in ids}) for who, items in right.items()}
            if ids:
                yield measure_of(name, TITLES.get(name, name), "more", scores, bases, task["chance"])
