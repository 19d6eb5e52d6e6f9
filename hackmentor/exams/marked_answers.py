"""The marks of one model's answers to an exam, and what they come to beside a constant answer and chance."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from hackmentor.exams.answer_marker import AnswerMarker
from hackmentor.exams.item import OUTCOMES, ExamItem, Mark, Outcome
from hackmentor.exams.mean_score import MeanScore, compute_mean_score
from hackmentor.exams.responses import Response


@dataclass(frozen=True)
class MarkedAnswers:
    """Answers with their marks. An item that was answered several times counts once, with the mean of its scores."""

    model: str
    items: tuple[ExamItem, ...]
    marks: tuple[Mark, ...]
    figures: Mapping[str, float]

    @property
    def outcomes(self) -> dict[Outcome, int]:
        """How many answers have each outcome."""
        return {outcome: sum(mark.outcome == outcome for mark in self.marks) for outcome in OUTCOMES}

    @property
    def item_scores(self) -> dict[str, float]:
        """The mean score of each item's answers, by item id."""
        scores: dict[str, list[float]] = defaultdict(list)
        for item, mark in zip(self.items, self.marks, strict=True):
            scores[item.id].append(mark.score)
        return {item_id: sum(values) / len(values) for item_id, values in scores.items()}

    def compute_interval(self, seed: int) -> MeanScore:
        """The mean score of the items, with its 95 % interval, in which items of one cluster count as dependent."""
        clusters = {item.id: item.cluster or f"item {item.id}" for item in self.items}
        return compute_mean_score(self.item_scores, clusters, seed)

    def to_json(self, seed: int) -> dict[str, Any]:
        """The figures, and every mark."""
        return {
            "items": len(self.item_scores),
            "answers": len(self.marks),
            "outcomes": self.outcomes,
            "figures": dict(self.figures),
            "mean_score": asdict(self.compute_interval(seed)),
            "marks": [
                {"id": item.id, "outcome": mark.outcome, "score": mark.score, "answer": mark.answer, **mark.details}
                for item, mark in zip(self.items, self.marks, strict=True)
            ],
        }


def mark_responses(task: AnswerMarker, model: str, responses: Sequence[Response]) -> MarkedAnswers:
    """Marks the answers of a model."""
    items = tuple(response.item for response in responses)
    marks = tuple(task.mark(answer.item, answer.text, truncated=answer.truncated) for answer in responses)
    return MarkedAnswers(model, items, marks, task.summarise(marks))


def mark_constant(task: AnswerMarker, items: Sequence[ExamItem]) -> MarkedAnswers:
    """Marks the constant answer, given to every item."""
    constant = task.choose_constant(items)
    marks = tuple(task.mark_answer(item, constant.answer) for item in items)
    return MarkedAnswers(constant.label, tuple(items), marks, task.summarise(marks))
