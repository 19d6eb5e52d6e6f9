"""A contestant's exam result, question by question, so that contestants can be compared in pairs. No torch."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import sqrt
from typing import Any


@dataclass(frozen=True, slots=True)
class ScoredAnswer:
    """The answer to one question: whether it is right, and the chosen option (None for a task without options).

    `cluster` is what it shares with questions that are not independent of it, such as the catalogue entry asked about.
    """

    id: str
    category: str
    correct: bool
    chosen: int | None
    cluster: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    """Accuracy (0 to 1) with its standard error, over `n` questions."""

    accuracy: float
    standard_error: float
    n: int


@dataclass(frozen=True, slots=True)
class TaskResult:
    """One task. `chance` is the accuracy of blind guessing (None for a task without options)."""

    task: str
    metric: str
    chance: float | None
    score: Score
    categories: dict[str, Score]
    answers: list[ScoredAnswer]


@dataclass(frozen=True, slots=True)
class ExamResult:
    """The results of all tasks for one contestant."""

    tasks: list[TaskResult]

    def to_json(self) -> dict[str, Any]:
        """The result as JSON objects."""
        content: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return content

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> ExamResult:
        """Reads what `to_json` returned."""
        return cls([_task_from_json(task) for task in content["tasks"]])


def _task_from_json(content: Mapping[str, Any]) -> TaskResult:
    return TaskResult(
        task=content["task"],
        metric=content["metric"],
        chance=content["chance"],
        score=Score(**content["score"]),
        categories={name: Score(**compute_score) for name, compute_score in content["categories"].items()},
        answers=[ScoredAnswer(**answer) for answer in content["answers"]],
    )


def compute_score(answers: Sequence[ScoredAnswer]) -> Score:
    """The accuracy over some answers, with its standard error over clusters (Miller, arXiv:2411.00640, 2024).

    With clusters - 1, so that without clusters it is that of lm-evaluation-harness. For a single cluster the error is
    unknown; 0.5 stands for it, the largest that a proportion can have.
    """
    n = len(answers)
    accuracy = sum(answer.correct for answer in answers) / n
    residuals: dict[str, float] = defaultdict(float)
    for answer in answers:
        residuals[f"cluster {answer.cluster}" if answer.cluster else f"item {answer.id}"] += answer.correct - accuracy
    groups = len(residuals)
    if groups == 1:
        return Score(accuracy, 0.5, n)
    squares = sum(residual**2 for residual in residuals.values())
    return Score(accuracy, sqrt(groups / (groups - 1) * squares) / n, n)


def score_by_category(answers: Sequence[ScoredAnswer]) -> dict[str, Score]:
    """The accuracy in each category."""
    groups: dict[str, list[ScoredAnswer]] = {}
    for answer in answers:
        groups.setdefault(answer.category, []).append(answer)
    return {name: compute_score(group) for name, group in sorted(groups.items())}
