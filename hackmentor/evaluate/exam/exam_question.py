"""The questions of an exam, each with one right option, and drafts that still lack the wrong ones."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

OWN_EXAM_TASK = "hackmentor_exam"
"""The name of our own questions as a task of lm-evaluation-harness."""
LETTER_INSTRUCTION = "Answer with one letter."
"""What follows the options where their letters are scored."""


@dataclass(frozen=True, slots=True)
class ExamQuestion:
    """One multiple-choice question. `options[answer_index]` is right; all others are wrong according to the catalogue.

    `upstream_ids` are the catalogue entries whose training records could state the answer: the one asked about and,
    if the answer is an entry that names it, that one too.
    """

    id: str
    category: str
    question: str
    options: tuple[str, ...]
    answer_index: int
    upstream_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AnswerOption:
    """A possible answer; `key` is the id of the entry that it names or whose text it is.

    A question has at most one wrong option of a `group`: three of one group would give the fourth away.
    """

    key: str
    text: str
    group: str


@dataclass(frozen=True, slots=True)
class QuestionDraft:
    """A question with its right answer. Its wrong options come from the right answers of other drafts in its `pool`.

    So options are right and wrong in equal proportion, and guessing from the options alone is no better than chance.
    """

    id: str
    category: str
    question: str
    answer: AnswerOption
    excluded_keys: frozenset[str]
    """Keys of options that are or may be right too."""
    upstream_ids: tuple[str, ...]
    pool: str = ""


@dataclass(frozen=True, slots=True)
class Exam:
    """The questions, and by category how many drafts were left out for lack of three wrong options."""

    questions: tuple[ExamQuestion, ...]
    left_out: dict[str, int] = field(default_factory=dict)


def exclude_trained(questions: Sequence[ExamQuestion], train_upstream_ids: Collection[str]) -> list[ExamQuestion]:
    """The questions whose entries no training record is made from."""
    trained_ids = set(train_upstream_ids)
    return [question for question in questions if trained_ids.isdisjoint(question.upstream_ids)]
