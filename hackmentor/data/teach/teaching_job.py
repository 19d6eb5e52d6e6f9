"""What every kind of teaching looks like to the command that runs it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Protocol

from pydantic import AfterValidator, BaseModel, ConfigDict

from hackmentor.data.hash_choice import number
from hackmentor.endpoint.completion import Ask, Reply

ReplyTo = Callable[[Ask], Reply | None]
"""The reply to a question, None while there is none."""


def _filled(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be empty")
    return text.strip()


# A validator and no minLength: some servers refuse a JSON schema with keywords that they do not know.
Filled = Annotated[str, AfterValidator(_filled)]


class Form(BaseModel):
    """The base of what a teacher is asked to fill in."""

    model_config = ConfigDict(extra="forbid")


@dataclass(frozen=True)
class Manner:
    """How every question of a job is asked: by which model, how freely, how long an answer."""

    model: str
    seed: int
    temperature: float | None
    max_tokens: int

    def seed_of(self, ask_id: str) -> int:
        """A seed of its own for each question: 31 bits, as some servers take no more."""
        return number(self.seed, "teach", ask_id) >> 33


class Job(Protocol):
    """A kind of teaching. What it asks depends on nothing but its settings and the replies so far.

    So a job that was killed goes on with the same questions, and the same replies make the same results.
    """

    @property
    def name(self) -> str:
        """Its name on the command line."""

    @property
    def total(self) -> int:
        """How many questions it will ask in all, repairs aside."""

    @property
    def file(self) -> str:
        """The name of the file with its results."""

    @property
    def prompts(self) -> tuple[str, ...]:
        """The names of the prompt templates that it uses."""

    def asks(self, reply_to: ReplyTo) -> Iterator[Ask]:
        """Every question that can be asked by now, answered or not; a question may rest on earlier replies."""

    def lines(self, reply_to: ReplyTo) -> Iterator[str]:
        """The lines of the result file."""
