"""Turns results and battles into measures: the scores of each contestant, item by item."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Any

from hackmentor.evaluate.exam.exam_question import OWN_EXAM_TASK
from hackmentor.evaluate.judge.pair import Battle
from hackmentor.evaluate.verdict.measure import ItemScores, Measure, build_measure

ARENA = "arena"
TITLES = {"exam": "exam, share right", "general": "general questions, share right"}


def measure_loss(
    results: Mapping[str, Mapping[str, Any]], bases: Mapping[str, str], entries: Mapping[str, str]
) -> Iterator[Measure]:
    """The held-out loss in nats per token, one measure per shape; `results` are those of `HeldOutMeasurement`.

    `entries` has the catalogue entry of each record by id: records of one entry are a cluster.
    """
    for shape in next(iter(results.values()))["shapes"]:
        scores = {
            name: ItemScores(
                {record["id"]: (record["nats"], record["tokens"]) for record in result["shapes"][shape]["records"]}
            )
            for name, result in results.items()
        }
        yield build_measure(f"loss {shape}", f"loss, {shape}", "less", scores, bases, clusters=entries)


def measure_win_rate(battles: Sequence[Battle], bases: Mapping[str, str]) -> Measure:
    """The points of each cell in its battles with its own base: 1 for a win, half for a tie.

    The `scores` of a contestant are over all of its battles. Questions of one cluster are about one catalogue entry.
    """
    items_by_name: dict[str, dict[str, tuple[float, float]]] = {}
    for index, battle in enumerate(battles):
        for name, points in _compute_points(battle).items():
            items_by_name.setdefault(name, {})[str(index)] = (points, 1.0)
    pairs = {}
    for cell, base in bases.items():
        met = [battle for battle in battles if {battle.model_a, battle.model_b} == {cell, base}]
        if met:
            own = {f"{battle.set}/{battle.question_id}": (_compute_points(battle)[cell], 1.0) for battle in met}
            pairs[cell] = (ItemScores(own), ItemScores({key: (1.0 - points, 1.0) for key, (points, _) in own.items()}))
    scores = {name: ItemScores(items) for name, items in items_by_name.items()}
    clusters = {f"{battle.set}/{battle.question_id}": battle.cluster for battle in battles}
    return Measure(ARENA, "arena, points a battle", "more", scores, pairs, 0.5, clusters)


def _compute_points(battle: Battle) -> dict[str, float]:
    points_a = {"model_a": 1.0, "tie": 0.5, "model_b": 0.0}[battle.win]
    return {battle.model_a: points_a, battle.model_b: 1.0 - points_a}


def measure_accuracy(
    results: Mapping[str, Mapping[str, Any]],
    general_ids: Set[str],
    bases: Mapping[str, str],
    entries: Mapping[str, str],
) -> Iterator[Measure]:
    """The accuracy, one measure per exam task; `results` are those of `ExamMeasurement` by contestant.

    Our own task makes two measures: `general_ids` are the ids of its questions that are not about security. `entries`
    has the catalogue entry that a question is about, by id: questions about one entry are a cluster.
    """
    for index, task in enumerate(next(iter(results.values()))["tasks"]):
        items_by_name = {
            name: {answer["id"]: (float(answer["correct"]), 1.0) for answer in result["tasks"][index]["answers"]}
            for name, result in results.items()
        }
        question_ids = {answer["id"] for answer in task["answers"]}
        parts = (
            {"exam": question_ids - general_ids, "general": question_ids & general_ids}
            if task["task"] == OWN_EXAM_TASK
            else {task["task"]: question_ids}
        )
        for name, ids in parts.items():
            scores = {
                contestant: ItemScores({key: items[key] for key in ids}) for contestant, items in items_by_name.items()
            }
            if ids:
                title, clusters = TITLES.get(name, name), {key: entries[key] for key in ids if key in entries}
                yield build_measure(name, title, "more", scores, bases, task["chance"], clusters)
