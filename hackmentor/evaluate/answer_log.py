"""One answer, and the file of a contestant's answers: appended as they come, so that none is asked for twice."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from hackmentor.evaluate.question import Question
from hackmentor.runtime.files import cut_torn_line, read_jsonl, write_text

FILE = "answers.jsonl"


@dataclass(frozen=True)
class Answer:
    """One answer of one contestant: `stop` tells whether it ended by itself or ran into the limit.

    `asked_by` is a hash over the contestant and the question: an answer to another one is not an answer to this one.
    """

    question_id: str
    set: str
    contestant: str
    question: str
    text: str
    prompt_tokens: int
    tokens: int
    stop: Literal["end", "length"]
    asked_by: str


class AnswerBook:
    """The answers of one contestant. `identity` is a hash over all that decides how it answers."""

    def __init__(self, folder: Path, contestant: str, identity: str) -> None:
        self.path = folder / FILE
        self.contestant = contestant
        self._identity = identity
        cut_torn_line(self.path)
        self._answers = {answer.question_id: answer for answer in _read(self.path)}

    def get(self, question: Question) -> Answer | None:
        """The answer to this very question by this very contestant."""
        answer = self._answers.get(_key(question))
        return answer if answer is not None and answer.asked_by == self._asked_by(question) else None

    def add(
        self,
        question: Question,
        text: str,
        *,
        prompt_tokens: int,
        tokens: int,
        stop: Literal["end", "length"],
    ) -> None:
        """Keeps an answer: it is in the file before this returns."""
        answer = Answer(
            _key(question), question.set, self.contestant, question.asked, text, prompt_tokens, tokens, stop,
            self._asked_by(question),
        )  # fmt: skip
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as stream:
            stream.write(_line(answer))
        self._answers[answer.question_id] = answer

    def settle(self, questions: Iterable[Question]) -> list[Answer]:
        """Rewrites the file with the answers to these questions, in their order, and returns them."""
        answers = [answer for question in questions if (answer := self.get(question)) is not None]
        write_text(self.path, "".join(map(_line, answers)))
        return answers

    def _asked_by(self, question: Question) -> str:
        return f"{self._identity[:16]}.{question.digest[:16]}"


def _key(question: Question) -> str:
    return f"{question.set}/{question.id}"


def _line(answer: Answer) -> str:
    return json.dumps(asdict(answer), ensure_ascii=False) + "\n"


def _read(path: Path) -> list[Answer]:
    try:
        return [Answer(**row) for row in read_jsonl(path)]
    except (ValueError, TypeError):
        # A file of another version: everything is asked again.
        return []
