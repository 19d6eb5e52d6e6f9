"""One question to an endpoint, and what came back."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict

from hackmentor.records.record import Message

# English has about four characters a token; three errs on the side of more tokens, for any tokenizer we may face.
BYTES_A_TOKEN = 3
TOKENS_A_MESSAGE = 4


@dataclass(frozen=True)
class Ask:
    """One question. `schema` is the pydantic model that the answer must fit, None for free text.

    `max_tokens` bounds the answer; `temperature` (None: the server's own) and `seed` go to the
    endpoint as they are; a server may ignore the seed.
    """

    id: str
    messages: tuple[Message, ...]
    max_tokens: int
    temperature: float | None = None
    seed: int | None = None
    schema: type[BaseModel] | None = None

    def fingerprint(self, model: str) -> str:
        """Hex digest of everything that decides the answer: a reply to another question is not a reply to this one."""
        form = self.schema.model_json_schema() if self.schema else None
        facts = [model, self.messages, self.max_tokens, self.temperature, self.seed, form]
        return hashlib.sha256(json.dumps(facts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()

    @property
    def prompt_tokens(self) -> int:
        """About how many tokens the question has, rather more than less."""
        size = sum(len(message["content"].encode()) for message in self.messages)
        return -(-size // BYTES_A_TOKEN) + TOKENS_A_MESSAGE * len(self.messages)

    @property
    def most_tokens(self) -> int:
        """About how many tokens question and answer may have together."""
        return self.prompt_tokens + self.max_tokens


class Reply(BaseModel):
    """What became of one question. `fault` is empty where `text` is a usable answer."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    fingerprint: str
    text: str
    fault: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    requests: int = 0
    repaired: bool = False

    def content(self) -> Any:  # noqa: ANN401 - whatever the schema says
        """The answer as JSON."""
        return json.loads(self.text)
