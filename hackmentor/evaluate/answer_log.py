"""One answer, and the log of a contestant's answers: appended as they come, so that none is generated twice."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

from hackmentor.cell.shaped_files import check_shape
from hackmentor.endpoint.thoughts import split_thoughts
from hackmentor.evaluate.question import Question
from hackmentor.evaluate.result_shapes import AnswerRow
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.files import open_own, read_jsonl, remove_incomplete_line, write_text

log = logging.getLogger(__name__)

ANSWERS_FILE = "answers.jsonl"


@dataclass(frozen=True)
class Answer:
    """One answer of one contestant; `stop` says whether the model ended it (`end`) or hit the token limit (`length`).

    `asked_by` is a hash of contestant and question: an answer with another hash is stale and generated again.
    `thoughts` is what a reasoning model wrote before it: kept, and neither judged nor marked.
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
    thoughts: str = ""


class AnswerLog:
    """The answers of one contestant in `answers.jsonl`; `identity` is a hash of everything that decides them."""

    def __init__(self, folder: Path, contestant: str, identity: str) -> None:
        self.path = folder / ANSWERS_FILE
        self.contestant = contestant
        self._identity = identity
        remove_incomplete_line(self.path)
        self._answers = {answer.question_id: answer for answer in _read_answers(self.path)}

    def get(self, question: Question) -> Answer | None:
        """The answer to exactly this question by exactly this contestant; None where there is none yet."""
        answer = self._answers.get(_answer_key(question))
        return answer if answer is not None and answer.asked_by == self._asked_by(question) else None

    def add(
        self,
        question: Question,
        text: str,
        *,
        prompt_tokens: int,
        tokens: int,
        stop: Literal["end", "length"],
        thoughts: str = "",
    ) -> None:
        """Appends an answer without the thoughts in `text`; it is in the file when this returns."""
        answer_text, inline = split_thoughts(text)
        answer = Answer(
            question_id=_answer_key(question),
            set=question.set,
            contestant=self.contestant,
            question=question.last_user_message,
            text=answer_text,
            prompt_tokens=prompt_tokens,
            tokens=tokens,
            stop=stop,
            asked_by=self._asked_by(question),
            thoughts="\n\n".join(filter(None, (thoughts, inline))),
        )
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with open_own(self.path, "a") as stream:
            stream.write(_to_line(answer))
        self._answers[answer.question_id] = answer

    def rewrite(self, questions: Iterable[Question]) -> list[Answer]:
        """Rewrites the file with just the answers to these questions, in their order, and returns them."""
        answers = [answer for question in questions if (answer := self.get(question)) is not None]
        write_text(self.path, "".join(map(_to_line, answers)))
        return answers

    def _asked_by(self, question: Question) -> str:
        return f"{self._identity[:16]}.{question.digest[:16]}"


def _answer_key(question: Question) -> str:
    return f"{question.set}/{question.id}"


def _to_line(answer: Answer) -> str:
    return json.dumps(asdict(answer), ensure_ascii=False) + "\n"


def _read_answers(path: Path) -> list[Answer]:
    """The answers in a file; those of lines that can't be read, or are of another version, are generated again."""
    answers, damaged = [], list[str]()
    for row in read_jsonl(path, damaged):
        try:
            answers.append(_cut_thoughts(Answer(**check_shape(row, AnswerRow, str(path)))))
        except (UserError, TypeError) as error:
            damaged.append(f"{path}: {error}" if isinstance(error, TypeError) else str(error))
    if damaged:
        log.warning("%s; %d answers are generated again, as far as they are asked for", damaged[0], len(damaged))
    return answers


def _cut_thoughts(answer: Answer) -> Answer:
    """An answer without thoughts in its text, as earlier versions left them there."""
    text, thoughts = split_thoughts(answer.text)
    return replace(answer, text=text, thoughts=thoughts) if thoughts else answer
