"""Answers that are no answers: empty, going round in circles, or cut at the limit of tokens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from hackmentor.data.prose import join_items
from hackmentor.evaluate.answer_log import Answer
from hackmentor.evaluate.question import Question
from hackmentor.evaluate.verdict.measure import ItemScores, Measure, build_measure
from hackmentor.exams.refusal import is_repetitive

DEGENERATE = "degenerate answers"
Defect = Literal["empty", "repetitive", "cut"]
_WORDS: Mapping[Defect, str] = {"empty": "empty", "repetitive": "repetitive", "cut": "cut at the limit"}


def find_defect(answer: Answer) -> Defect | None:
    """What is wrong with an answer's form; an answer that is repetitive and cut counts as repetitive."""
    if not answer.text.strip():
        return "empty"
    if is_repetitive(answer.text):
        return "repetitive"
    return "cut" if answer.stop == "length" else None


def measure_degenerate_answers(
    questions: Sequence[Question], answers: Mapping[str, Sequence[Answer]], bases: Mapping[str, str]
) -> Measure | None:
    """The share of degenerate answers to the judged questions, of each contestant; None without questions.

    A cell and its base are compared on the questions that both have answered.
    """
    clusters = {f"{question.set}/{question.id}": question.cluster for question in questions}
    scores = {
        name: ItemScores(
            {
                one.question_id: (float(find_defect(one) is not None), 1.0)
                for one in given
                if one.question_id in clusters
            }
        )
        for name, given in answers.items()
    }
    scores = {name: own for name, own in scores.items() if own.items}
    if not scores:
        return None
    return build_measure(DEGENERATE, "degenerate answers", "less", scores, bases, clusters=clusters)


def describe_defects(questions: Sequence[Question], answers: Mapping[str, Sequence[Answer]]) -> Iterator[str]:
    """One sentence on what is degenerate in whose answers, if anything is."""
    asked = {f"{question.set}/{question.id}" for question in questions}
    told = []
    for name, given in answers.items():
        judged = [answer for answer in given if answer.question_id in asked]
        counts = Counter(defect for answer in judged if (defect := find_defect(answer)))
        if counts:
            parts = ", ".join(f"{counts[defect]} {words}" for defect, words in _WORDS.items() if counts[defect])
            told.append(f"{parts} of {len(judged)} by {name}")
    if told:
        yield f"degenerate answers: {join_items(told)}"
