"""The address, key, limits and prices of an endpoint."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Literal

from hackmentor.endpoint.completion import CompletionRequest
from hackmentor.endpoint.structured_output import StructuredOutputMode
from hackmentor.runtime.errors import UserError

# A local server needs no key, but the OpenAI client requires one.
NO_KEY = "none"


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """An OpenAI-compatible server.

    `key_variable` names the environment variable that holds the API key (None: the server needs none).
    `requests_per_minute` and `tokens_per_minute` are its rate limits (None: no limit); `context_tokens` limits a prompt
    and its answer together; `length_key` is the request parameter that limits the answer; prices are in US dollars per
    million tokens (None: not known).
    """

    base_url: str
    model: str
    key_variable: str | None
    structured: StructuredOutputMode
    length_key: Literal["max_tokens", "max_completion_tokens"]
    context_tokens: int
    requests_per_minute: int | None
    tokens_per_minute: int | None
    concurrency: int
    timeout_seconds: float
    retries: int
    input_price: float | None
    output_price: float | None

    def get_api_key(self) -> str:
        """Returns the API key; raises UserError, naming the environment variable, if it is not set."""
        if self.key_variable is None:
            return NO_KEY
        if not (key := os.environ.get(self.key_variable, "").strip()):
            raise UserError(f"{self.base_url} needs an API key: set the environment variable {self.key_variable}")
        return key

    def explain_over_limit(self, request: CompletionRequest) -> str:
        """Says which limit a request exceeds, so that it can never be sent; empty if it exceeds none."""
        for limit, name in ((self.context_tokens, "context_tokens"), (self.tokens_per_minute, "tokens_per_minute")):
            if limit is not None and request.max_total_tokens > limit:
                return f"question and answer may have about {request.max_total_tokens} tokens, over {name}={limit}"
        return ""

    def compute_cost(self, prompt_tokens: int, completion_tokens: int) -> float | None:
        """The price of this many tokens in US dollars; None if the prices are not known."""
        if self.input_price is None or self.output_price is None:
            return None
        return (prompt_tokens * self.input_price + completion_tokens * self.output_price) / 1e6
