"""What an exam is made of: questions with one right option, and drafts that still lack their wrong ones."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

OWN = "hackmentor_exam"
"""The name of our own questions as a task of lm-evaluation-harness."""


@dataclass(frozen=True, slots=True)
class ExamQuestion:
    """One multiple-choice question. `options[answer_index]` is right, all others are wrong by the catalogue.

    `upstream_ids` are the catalogue entries whose training records could state the answer: what is asked about, and
    where the answer is an entry that names what is asked about, that one too.
    """

    id: str
    category: str
    question: str
    options: tuple[str, ...]
    answer_index: int
    upstream_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Option:
    """A possible answer: `key` is the id of what it says or, for a text of its own, of the entry that it is from.

    Of one `kin` only one is ever a wrong option of a question: three of a kind would point at the fourth.
    """

    key: str
    text: str
    kin: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A question with its right answer. Its wrong options come from the right answers of others in its `pool`.

    So no option is wrong more often than it is right, and guessing by the options alone is worth no more than chance.
    """

    id: str
    category: str
    question: str
    answer: Option
    excluded: frozenset[str]
    """Keys of options that are or may be right as well."""
    upstream_ids: tuple[str, ...]
    pool: str = ""


@dataclass(frozen=True, slots=True)
class Exam:
    """The questions, and by category how many drafts found no three wrong options."""

    questions: tuple[ExamQuestion, ...]
    left_out: dict[str, int] = field(default_factory=dict)


def unknown(questions: Sequence[ExamQuestion], train_upstream_ids: Collection[str]) -> list[ExamQuestion]:
    """The questions none of whose entries training records are made from."""
    known = set(train_upstream_ids)
    return [question for question in questions if known.isdisjoint(question.upstream_ids)]
