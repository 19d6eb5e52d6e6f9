"""Texts to dialogues: someone who has read nothing asks, someone who has read the text answers from it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hackmentor.data.teach.prompt import fenced, made_by, prompt
from hackmentor.data.teach.source_texts import Text
from hackmentor.data.teach.teaching_job import Filled, Form, Manner, ReplyTo
from hackmentor.endpoint.completion import Ask
from hackmentor.records.record import Message, Record, to_line


class Turn(Form):
    """One question and its answer."""

    question: Filled
    answer: Filled


class Turns(Form):
    """A dialogue."""

    turns: list[Turn]


@dataclass(frozen=True)
class Dialogues:
    """One dialogue of about `turns` questions for each text."""

    texts: Sequence[Text]
    manner: Manner
    turns: int
    name: str = "dialogues"
    file: str = "records.jsonl"
    prompts: tuple[str, ...] = ("dialogue",)

    @property
    def total(self) -> int:
        """How many questions there are."""
        return len(self.texts)

    def asks(self, reply_to: ReplyTo) -> Iterator[Ask]:
        """One question a text."""
        return map(self._ask, self.texts)

    def lines(self, reply_to: ReplyTo) -> Iterator[str]:
        """The dialogues as turn records, each with the upstream id and licence of its text."""
        for text in self.texts:
            reply = reply_to(self._ask(text))
            turns = Turns.model_validate_json(reply.text).turns if reply and not reply.fault else []
            if turns:
                yield to_line(self._record(text, turns))

    def _ask(self, text: Text) -> Ask:
        name, manner = f"dialogues/{text.source}/{text.upstream_id}", self.manner
        content = prompt("dialogue", title=text.title, material=fenced(text.body), turns=self.turns)
        message: Message = {"role": "user", "content": content}
        return Ask(name, (message,), manner.max_tokens, manner.temperature, manner.seed_of(name), Turns)

    def _record(self, text: Text, turns: Sequence[Turn]) -> Record:
        messages: list[Message] = []
        for turn in turns:
            messages += [{"role": "user", "content": turn.question}, {"role": "assistant", "content": turn.answer}]
        return Record(
            id=f"dialogues/{text.source}/{text.upstream_id}",
            shape="turn",
            source="taught",
            upstream_id=text.upstream_id,
            upstream_version=text.upstream_version,
            licence=text.licence,
            made_by=made_by(self.manner.model, "dialogue"),
            task="taught.dialogue",
            messages=tuple(messages),
        )
