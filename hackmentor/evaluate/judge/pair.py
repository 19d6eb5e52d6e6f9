"""Two answers to one question, and a judge's decision between them."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from hackmentor.data.hash_choice import hash_to_int
from hackmentor.evaluate.answer_log import Answer
from hackmentor.evaluate.question import Question

Winner = Literal["model_a", "model_b", "tie"]


@dataclass(frozen=True)
class AnswerPair:
    """Two contestants' answers to one question. Which of them is model_a is drawn: no name has a fixed side."""

    question: Question
    model_a: str
    model_b: str
    text_a: str
    text_b: str

    @property
    def id(self) -> str:
        """Identifies question, contestants and texts: a pair with other texts has another id."""
        texts = hashlib.sha256("\0".join((self.text_a, self.text_b)).encode()).hexdigest()[:12]
        return f"{self.question.set}/{self.question.id}|{self.model_a}|{self.model_b}|{texts}"


@dataclass(frozen=True)
class Battle:
    """One judgement. `votes` are those that it rests on, in the order in which the judge was asked.

    Battles of one `cluster` are on questions that are not independent of each other; empty if there is none.
    `length_a` and `length_b` are those of the answers, in characters.
    """

    question_id: str
    set: str
    category: str
    model_a: str
    model_b: str
    win: Winner
    judge: str
    reason: str
    votes: tuple[Winner, ...] = ()
    cluster: str = ""
    length_a: int | None = None
    length_b: int | None = None


@dataclass(frozen=True)
class Judgements:
    """A judge's battles; `skipped` has the ids of pairs without a judgement, by reason.

    `cost` says in words what the judging cost; empty if it was free. `failure` says why a judge that was asked gave not
    a single judgement; empty if it gave one.
    """

    battles: list[Battle]
    skipped: Mapping[str, Sequence[str]]
    cost: str = ""
    failure: str = ""


class Judge(Protocol):
    """Compares answers: a metric, a model or a person."""

    @property
    def name(self) -> str:
        """The judge's name in each battle."""

    def judge(self, pairs: Sequence[AnswerPair]) -> Judgements:
        """Judges the pairs; judgements made earlier are reused."""


def build_pairs(
    questions: Sequence[Question], answers: Mapping[str, Sequence[Answer]], seed: int
) -> Iterator[AnswerPair]:
    """Every two contestants on each question that both have answered."""
    texts = {(name, answer.question_id): answer.text for name, given in answers.items() for answer in given}
    for question in questions:
        key = f"{question.set}/{question.id}"
        answered_by = [name for name in sorted(answers) if (name, key) in texts]
        for first, second in itertools.combinations(answered_by, 2):
            swapped = hash_to_int(seed, "side", key, first, second) % 2
            a, b = (second, first) if swapped else (first, second)
            yield AnswerPair(question, a, b, texts[a, key], texts[b, key])


def build_battle(pair: AnswerPair, judge: str, win: Winner, reason: str, votes: Sequence[Winner] = ()) -> Battle:
    """The battle that records a judge's decision on a pair."""
    question = pair.question
    return Battle(
        question.id,
        question.set,
        question.category,
        pair.model_a,
        pair.model_b,
        win,
        judge,
        reason,
        tuple(votes),
        question.cluster,
        len(pair.text_a),
        len(pair.text_b),
    )
