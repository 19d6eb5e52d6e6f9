"""Two answers to one question, and what a judge said of them."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from hackmentor.data.hash_choice import number
from hackmentor.evaluate.answer_log import Answer
from hackmentor.evaluate.question import Question

Winner = Literal["model_a", "model_b", "tie"]


@dataclass(frozen=True)
class Pair:
    """Two contestants' answers to one question. Which of them is a is drawn, so that no name has a side."""

    question: Question
    model_a: str
    model_b: str
    text_a: str
    text_b: str

    @property
    def id(self) -> str:
        """The question, both contestants, and both texts: a pair with other texts is another pair."""
        texts = hashlib.sha256("\0".join((self.text_a, self.text_b)).encode()).hexdigest()[:12]
        return f"{self.question.set}/{self.question.id}|{self.model_a}|{self.model_b}|{texts}"


@dataclass(frozen=True)
class Battle:
    """One judgement. `votes` are those that led to it, in the judge's order of asking."""

    question_id: str
    set: str
    category: str
    model_a: str
    model_b: str
    win: Winner
    judge: str
    reason: str
    votes: tuple[Winner, ...] = ()


@dataclass(frozen=True)
class Judged:
    """What a judge made of many pairs; `skipped` has the ids of pairs without a judgement, by reason.

    `cost` says in words what the judgements took; empty where they took nothing.
    """

    battles: list[Battle]
    skipped: Mapping[str, Sequence[str]]
    cost: str = ""


class Judge(Protocol):
    """Someone who compares answers."""

    @property
    def name(self) -> str:
        """Stands in each battle."""

    def judge(self, pairs: Sequence[Pair]) -> Judged:
        """The judgements; those that were made before are not made again."""


def pair_up(questions: Sequence[Question], answers: Mapping[str, Sequence[Answer]], seed: int) -> Iterator[Pair]:
    """Each two contestants on each question that both have answered."""
    said = {(name, one.question_id): one.text for name, all_of in answers.items() for one in all_of}
    for question in questions:
        key = f"{question.set}/{question.id}"
        there = [name for name in sorted(answers) if (name, key) in said]
        for first, second in itertools.combinations(there, 2):
            turned = number(seed, "side", key, first, second) % 2
            a, b = (second, first) if turned else (first, second)
            yield Pair(question, a, b, said[a, key], said[b, key])


def battle(pair: Pair, judge: str, win: Winner, reason: str, votes: Sequence[Winner] = ()) -> Battle:
    """The judgement of a pair."""
    question = pair.question
    return Battle(
        question.id, question.set, question.category, pair.model_a, pair.model_b, win, judge, reason, tuple(votes)
    )
