"""The fields of security, as many as the teacher can name: categories for other jobs to walk through."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hackmentor.data.teach.prompt import fenced, prompt
from hackmentor.data.teach.teaching_job import Filled, Form, Manner, ReplyTo
from hackmentor.endpoint.completion import Ask
from hackmentor.records.record import Message


class Categories(Form):
    """New fields."""

    categories: list[Filled]


@dataclass(frozen=True)
class Brainstorm:
    """Question after question for `each` more fields, at most until there are `count`, those known shown each time."""

    known: Sequence[str]
    manner: Manner
    count: int
    each: int
    name: str = "brainstorm"
    file: str = "categories.txt"
    prompts: tuple[str, ...] = ("brainstorm",)

    @property
    def total(self) -> int:
        """How many questions there are at most."""
        return -(-self.count // self.each)

    def asks(self, reply_to: ReplyTo) -> Iterator[Ask]:
        """The questions up to the first that is open: each shows what the ones before it brought."""
        return (ask for ask, _ in self._asked(reply_to))

    def lines(self, reply_to: ReplyTo) -> Iterator[str]:
        """Every field once, those known first."""
        found = list(self.known)
        for _, found in self._asked(reply_to):  # noqa: B007 - the last one is wanted
            pass
        return iter(found)

    def _asked(self, reply_to: ReplyTo) -> Iterator[tuple[Ask, list[str]]]:
        fields = {_key(name): name for name in self.known}
        for place in range(self.total):
            ask = self._ask(place, list(fields.values()))
            reply = reply_to(ask)
            if reply and not reply.fault:
                for name in Categories.model_validate_json(reply.text).categories:
                    fields.setdefault(_key(name), name.lower())
            yield ask, list(fields.values())
            if reply is None or len(fields) >= len(self.known) + self.count:
                return

    def _ask(self, place: int, fields: Sequence[str]) -> Ask:
        name, manner = f"brainstorm/{place:06d}", self.manner
        content = prompt("brainstorm", known=fenced("\n".join(fields)), each=self.each)
        message: Message = {"role": "user", "content": content}
        return Ask(name, (message,), manner.max_tokens, manner.temperature, manner.seed_of(name), Categories)


def _key(name: str) -> str:
    return " ".join(name.casefold().replace("-", " ").split())
