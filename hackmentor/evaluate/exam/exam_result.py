"""What a contestant's exam came to, question by question, so that contestants can be compared in pairs. No torch."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import sqrt
from typing import Any


@dataclass(frozen=True, slots=True)
class Marked:
    """One question: whether the contestant was right, and its choice (None for a task without options)."""

    id: str
    category: str
    correct: bool
    chosen: int | None


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
    answers: list[Marked]


@dataclass(frozen=True, slots=True)
class ExamResult:
    """All tasks of one contestant."""

    tasks: list[TaskResult]

    def to_json(self) -> dict[str, Any]:
        """As JSON objects."""
        content: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return content

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> ExamResult:
        """What `to_json` made."""
        return cls([_task(task) for task in content["tasks"]])


def _task(content: Mapping[str, Any]) -> TaskResult:
    return TaskResult(
        task=content["task"],
        metric=content["metric"],
        chance=content["chance"],
        score=Score(**content["score"]),
        categories={name: Score(**score) for name, score in content["categories"].items()},
        answers=[Marked(**answer) for answer in content["answers"]],
    )


def score(answers: Sequence[Marked]) -> Score:
    """The accuracy over some answers; the standard error is that of a mean, with n - 1 as lm-evaluation-harness has it.

    Of a single answer no error can be known; it is said to be 0.5, the largest that a share can have.
    """
    n = len(answers)
    accuracy = sum(answer.correct for answer in answers) / n
    return Score(accuracy, sqrt(accuracy * (1 - accuracy) / (n - 1)) if n > 1 else 0.5, n)


def by_category(answers: Sequence[Marked]) -> dict[str, Score]:
    """The accuracy in each category."""
    groups: dict[str, list[Marked]] = {}
    for answer in answers:
        groups.setdefault(answer.category, []).append(answer)
    return {name: score(group) for name, group in sorted(groups.items())}
