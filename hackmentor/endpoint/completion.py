"""A chat completion request to an endpoint, and the reply to it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict

from hackmentor.records.record import Message

# English has about four bytes per token; three overestimates the tokens, whatever the tokenizer behind the endpoint.
BYTES_PER_TOKEN = 3
TOKENS_PER_MESSAGE = 4


@dataclass(frozen=True)
class CompletionRequest:
    """One chat completion request. `schema` is the pydantic model that the answer must match, None for free text.

    `max_tokens` limits the answer; `temperature` (None: the server's default) and `seed` are sent unchanged, and a
    server may ignore the seed.
    """

    id: str
    messages: tuple[Message, ...]
    max_tokens: int
    temperature: float | None = None
    seed: int | None = None
    schema: type[BaseModel] | None = None

    def fingerprint(self, model: str) -> str:
        """The SHA-256 (hex) of what is asked, and of which model: a stored reply counts only if it matches.

        How it is asked (`Endpoint.describe_asking`) is compared beside it, as earlier versions did not keep that.
        """
        json_schema = self.schema.model_json_schema() if self.schema else None
        inputs = [model, self.messages, self.max_tokens, self.temperature, self.seed, json_schema]
        return hashlib.sha256(json.dumps(inputs, sort_keys=True, ensure_ascii=False).encode()).hexdigest()

    @property
    def estimated_prompt_tokens(self) -> int:
        """An upper estimate of the number of tokens in `messages`."""
        size = sum(len(message["content"].encode()) for message in self.messages)
        return -(-size // BYTES_PER_TOKEN) + TOKENS_PER_MESSAGE * len(self.messages)

    @property
    def max_total_tokens(self) -> int:
        """An upper estimate of the number of tokens in the prompt and the longest answer together."""
        return self.estimated_prompt_tokens + self.max_tokens


class CompletionReply(BaseModel):
    """The outcome of one request. `fault` is empty if `text` is a usable answer.

    The field names are those of replies.jsonl.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    fingerprint: str
    text: str
    fault: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    requests: int = 0
    repaired: bool = False
    asked: str = ""
    """How it was asked (`Endpoint.describe_asking`); empty in replies of versions that did not keep it."""
    thoughts: str = ""
    """What a reasoning model wrote before its answer."""
    finish: str = ""
    """The server's reason for the end of the answer, such as stop or length."""

    def parse_json(self) -> Any:  # noqa: ANN401 - depends on the schema
        """Parses the answer as JSON."""
        return json.loads(self.text)
