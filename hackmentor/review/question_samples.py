"""A few questions with the answers of every contestant, to be read side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hackmentor.evaluate.answer_log import ANSWERS_FILE
from hackmentor.review.read_files import clip_text, read_jsonl_objects

MAX_QUESTIONS = 12


@dataclass(frozen=True)
class SampledQuestion:
    """One question, and by contestant the answer and whether it was cut off at the token limit.

    The page's data has these fields under the same names.
    """

    id: str
    set: str
    question: str
    answers: Mapping[str, tuple[str, bool]]


def sample_questions(
    folders: Mapping[str, Path], max_questions: int = MAX_QUESTIONS
) -> tuple[list[SampledQuestion], dict[str, int]]:
    """Questions that most contestants answered, evenly over the sets; and unreadable lines by contestant.

    Args:
        folders: by contestant, the folder of its answers.
        max_questions: how many to choose.
    """
    answers_by_question: dict[tuple[str, str, str], dict[str, tuple[str, bool]]] = {}
    unreadable = {}
    for contestant, folder in folders.items():
        rows, bad_lines = read_jsonl_objects(folder / ANSWERS_FILE)
        if bad_lines:
            unreadable[contestant] = bad_lines
        for row in rows:
            key = str(row.get("question_id", "")), str(row.get("set", "")), str(row.get("question", ""))
            answer = clip_text(str(row.get("text", ""))), row.get("stop") == "length"
            answers_by_question.setdefault(key, {})[contestant] = answer
    questions = [
        SampledQuestion(question_id, question_set, clip_text(question), answers)
        for (question_id, question_set, question), answers in answers_by_question.items()
    ]
    return _select_evenly(questions, max_questions), unreadable


def _select_evenly(questions: Sequence[SampledQuestion], max_questions: int) -> list[SampledQuestion]:
    """The first of each set, then the second of each, and so on, those with the most answers first."""
    sets: dict[str, list[SampledQuestion]] = {}
    for question in sorted(questions, key=lambda question: -len(question.answers)):
        sets.setdefault(question.set, []).append(question)
    turns = sorted((place, name) for name, group in sets.items() for place in range(len(group)))
    selected = [sets[name][place] for place, name in turns[:max_questions]]
    order = list(dict.fromkeys(question.set for question in questions))
    return sorted(selected, key=lambda question: order.index(question.set))
