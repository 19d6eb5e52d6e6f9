"""The interface of a teaching job, and what all jobs share: sampling settings and the schema of a reply."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Protocol

from pydantic import AfterValidator, BaseModel, ConfigDict

from hackmentor.data.hash_choice import hash_to_int
from hackmentor.endpoint.completion import CompletionReply, CompletionRequest

GetReply = Callable[[CompletionRequest], CompletionReply | None]
"""Returns the reply to a request, None while there is none."""


def _require_text(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be empty")
    return text.strip()


# A validator and no minLength: some servers refuse a JSON schema with keywords that they do not know.
NonEmptyText = Annotated[str, AfterValidator(_require_text)]


class ReplySchema(BaseModel):
    """The base of the JSON schemas that a teacher's replies must match.

    The name and docstring of a subclass are part of its JSON schema and so of each request's fingerprint: after a
    change, everything is asked again.
    """

    model_config = ConfigDict(extra="forbid")


@dataclass(frozen=True)
class SamplingSettings:
    """How the replies of a job are sampled; `max_tokens` limits one reply."""

    model: str
    seed: int
    temperature: float | None
    max_tokens: int

    def derive_seed(self, request_id: str) -> int:
        """The seed of one request: 31 bits, as some servers accept no more."""
        return hash_to_int(self.seed, "teach", request_id) >> 33


class TeachingJob(Protocol):
    """A job for a teacher model. Its requests depend only on its settings and on the replies so far.

    A job that was killed therefore continues with the same requests, and the same replies give the same results.
    """

    @property
    def name(self) -> str:
        """Its name on the command line."""

    @property
    def max_requests(self) -> int:
        """An upper limit of the number of requests, retries and repairs aside."""

    @property
    def result_file(self) -> str:
        """The name of the file with its results."""

    @property
    def prompt_names(self) -> tuple[str, ...]:
        """The names of the prompt templates that it uses."""

    def iter_requests(self, get_reply: GetReply) -> Iterator[CompletionRequest]:
        """Every request that can be built by now, answered or not; a request may depend on earlier replies."""

    def iter_result_lines(self, get_reply: GetReply) -> Iterator[str]:
        """The lines of the result file."""
