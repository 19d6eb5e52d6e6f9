"""How contestants stand in the published exams: measures for the verdict, and each exam's table. Needs no torch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from hackmentor.evaluate.answer_log import Answer
from hackmentor.evaluate.public_exams import PublicExam
from hackmentor.evaluate.verdict.measure import ItemScores, Measure, build_measure
from hackmentor.exams.item import LETTERS, Mark
from hackmentor.exams.marked_answers import MarkedAnswers, mark_constant
from hackmentor.exams.published_scores import PublishedScore, Way, find_published_scores


@dataclass(frozen=True)
class ExamStanding:
    """One exam: the marked answers of each contestant, beside a constant answer, chance and published scores."""

    exam: PublicExam
    marked: Sequence[MarkedAnswers]
    constant: MarkedAnswers
    chance: float | None
    published: Sequence[PublishedScore]

    @property
    def measure_name(self) -> str:
        """The name of its measure in the verdict."""
        return self.exam.measure_name

    @property
    def not_above_constant(self) -> list[str]:
        """The contestants that earn no more than the constant answer, which reads no question."""
        sign = -1 if self.exam.task.measure == "mean deviation" else 1
        best = sign * _average(self.constant)
        return [marked.model for marked in self.marked if sign * _average(marked) <= best]

    def build_measure(self, bases: Mapping[str, str]) -> Measure:
        """Its measure; an item without a readable answer has the worst score."""
        task = self.exam.task
        scores = {
            marked.model: ItemScores({item_id: (score, 1.0) for item_id, score in marked.item_scores.items()})
            for marked in self.marked
        }
        direction = "less" if task.measure == "mean deviation" else "more"
        title = f"{task.title}, {task.measure}, {self.exam.way}"
        clusters = {item.id: item.cluster for item in self.exam.items}
        return build_measure(self.measure_name, title, direction, scores, bases, self.chance, clusters)  # type: ignore[arg-type]

    def to_json(self) -> dict[str, Any]:
        """Its figures without the marks, which follow from the contestants' own files."""
        release = self.exam.file.identity.release
        return {
            "name": self.exam.name,
            "title": self.exam.task.title,
            "way": self.exam.way,
            "sha256": self.exam.file.identity.sha256,
            "release": None if release is None else release.name,
            "items": {"asked": len(self.exam.items), "all": len(self.exam.file.items)},
            "rows": self.exam.file.tally.to_json(),
            "contestants": {
                marked.model: {"figures": dict(marked.figures), "outcomes": marked.outcomes} for marked in self.marked
            },
            "constant": {"label": self.constant.model, "figures": dict(self.constant.figures)},
            "chance": self.chance,
            "published": [asdict(score) for score in self.published],
        }


def build_standings(
    exams: Sequence[PublicExam],
    answers: Mapping[str, Sequence[Answer]],
    results: Mapping[str, Mapping[str, Mapping[str, Any]]],
) -> Iterator[ExamStanding]:
    """The standing in each exam.

    Args:
        exams: in the order of tables.
        answers: of each contestant, to all questions.
        results: by the name of a measurement, of each contestant: those of `PublicExamMeasurement`.
    """
    for exam in exams:
        marked = _mark_chosen_options(exam, results[f"exam-{exam.name}"]) if exam.form else _mark_texts(exam, answers)
        whole = len(exam.items) == len(exam.file.items) and exam.file.identity.release is not None
        # All scores that are known here were asked for with one greedy answer.
        whole &= exam.samples == 1 or exam.form is not None
        way: Way = "log-likelihood" if exam.form else "generation"
        yield ExamStanding(
            exam,
            marked,
            mark_constant(exam.task, exam.items),
            exam.task.compute_chance(exam.items),
            find_published_scores(exam.task.name, way=way, examples=exam.task.examples) if whole else (),
        )


def _average(marked: MarkedAnswers) -> float:
    return sum(marked.item_scores.values()) / len(marked.item_scores)


def _mark_texts(exam: PublicExam, answers: Mapping[str, Sequence[Answer]]) -> list[MarkedAnswers]:
    marked = []
    for contestant, given in answers.items():
        by_id = {answer.question_id: answer for answer in given if answer.set == exam.name}
        keys = [(item, f"{exam.name}/{name}") for item in exam.items for name in exam.name_samples(item)]
        pairs = [(item, by_id[key]) for item, key in keys if key in by_id]
        if pairs:
            marks = tuple(exam.task.mark(item, one.text, truncated=one.stop == "length") for item, one in pairs)
            items = tuple(item for item, _ in pairs)
            marked.append(MarkedAnswers(contestant, items, marks, exam.task.summarise(marks)))
    return marked


def _mark_chosen_options(exam: PublicExam, results: Mapping[str, Mapping[str, Any]]) -> list[MarkedAnswers]:
    marked = []
    for contestant, result in results.items():
        answered = {answer["id"]: answer for answer in result["tasks"][0]["answers"]}
        marks = tuple(
            Mark("correct" if one["correct"] else "wrong", float(one["correct"]), LETTERS[one["chosen"]])
            for one in (answered[item.id] for item in exam.items)
        )
        marked.append(MarkedAnswers(contestant, exam.items, marks, exam.task.summarise(marks)))
    return marked
