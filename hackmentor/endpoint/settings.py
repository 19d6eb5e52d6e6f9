"""How to reach an endpoint, and what it allows."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Literal

from hackmentor.endpoint.completion import Ask
from hackmentor.endpoint.structured_output import Structured
from hackmentor.runtime.errors import UserError

# A server on this machine asks for no key, but the protocol's header wants one.
NO_KEY = "none"


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """An OpenAI-compatible server.

    `key_variable` names the environment variable that holds the key (None: the server wants none).
    `requests_per_minute` and `tokens_per_minute` are its rate limits (None: no limit); `context_tokens` is the most
    that one question and its answer may have together; `length_key` is the server's word for the limit of an answer;
    prices are in US dollars a million tokens (None: not known).
    """

    base_url: str
    model: str
    key_variable: str | None
    structured: Structured
    length_key: Literal["max_tokens", "max_completion_tokens"]
    context_tokens: int
    requests_per_minute: int | None
    tokens_per_minute: int | None
    concurrency: int
    timeout_seconds: float
    retries: int
    input_price: float | None
    output_price: float | None

    def key(self) -> str:
        """The key. Raises UserError, naming the variable, where it is not set."""
        if self.key_variable is None:
            return NO_KEY
        if not (key := os.environ.get(self.key_variable, "").strip()):
            raise UserError(f"{self.base_url} wants a key: set the environment variable {self.key_variable}")
        return key

    def misfit(self, ask: Ask) -> str:
        """Why a question can never be sent; empty if it can."""
        for limit, name in ((self.context_tokens, "context_tokens"), (self.tokens_per_minute, "tokens_per_minute")):
            if limit is not None and ask.most_tokens > limit:
                return f"question and answer may have about {ask.most_tokens} tokens, over {name}={limit}"
        return ""

    def cost(self, prompt_tokens: int, completion_tokens: int) -> float | None:
        """US dollars for so many tokens; None where the prices are not known."""
        if self.input_price is None or self.output_price is None:
            return None
        return (prompt_tokens * self.input_price + completion_tokens * self.output_price) / 1e6
