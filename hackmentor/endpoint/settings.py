"""The address, key, limits and prices of an endpoint."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Literal

from hackmentor.endpoint.completion import CompletionReply, CompletionRequest
from hackmentor.endpoint.structured_output import StructuredOutputMode
from hackmentor.runtime.environment import check_sendable
from hackmentor.runtime.errors import UserError

# A local server needs no key, but the OpenAI client requires one.
NO_KEY = "none"


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """An OpenAI-compatible server.

    `key_variable` names the environment variable that holds the API key (None: the server needs none).
    `requests_per_minute` and `tokens_per_minute` are its rate limits (None: no limit); `context_tokens` limits a prompt
    and its answer together; `length_key` is the request parameter that limits the answer; prices are in US dollars per
    million tokens (None: not known). Messages name `key`, the part of the configuration that it comes
    from, and `max_tokens_key`, the key that limits an answer. `address_decides`: the same model at another address is
    another one.
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
    send_seed: bool = True
    key: str = "endpoint"
    max_tokens_key: str = "max_tokens"
    address_decides: bool = False

    def format_setting(self, name: str, value: str) -> str:
        """One of its settings as it is written: `judge.structured=prompt`; for an entry of a list in YAML."""
        if self.key.endswith("endpoints"):
            return f"`{name}: {value}` in the entry of {self.model} in {self.key}"
        return f"{self.key}.{name}={value}"

    def describe_asking(self, request: CompletionRequest) -> str:
        """How a request is asked, besides what is asked: the form of its JSON, the word for its limit, the address.

        A fault counts for this way of asking only, so that the remedy of a fault is tried.
        """
        form = self.structured if request.schema else "text"
        return f"{form} {self.length_key}{'' if self.send_seed else ' without-seed'} {self.base_url}"

    def counts_as_reply(self, reply: CompletionReply, request: CompletionRequest) -> bool:
        """Whether a kept reply answers this request, so that it is not sent again.

        An answer counts wherever the model was served and whatever the server calls the limit, if its JSON was asked
        for in the same form. A fault counts only if it was asked in the very same way. Replies of earlier versions,
        which don't say how they were asked, count where they can: their answers always, their refusals never (asking
        again costs nothing), their other faults for the default form.
        """
        if reply.fingerprint != request.fingerprint(self.model):
            return False
        if not reply.asked:
            refused = reply.fault.startswith("the endpoint refused it")
            return not reply.fault or (not refused and (request.schema is None or self.structured == "json_schema"))
        asked = self.describe_asking(request)
        if reply.fault:
            return reply.asked == asked
        form, address = reply.asked.split(" ")[0], reply.asked.split(" ")[-1]
        return form == asked.split(" ")[0] and (not self.address_decides or address == self.base_url)

    def get_api_key(self) -> str:
        """Returns the API key; raises UserError, naming its variable, if that is not set or may not be sent."""
        if self.key_variable is None:
            return NO_KEY
        setting = self.format_setting("key_variable", self.key_variable)
        check_sendable(self.key_variable, self.base_url, setting)
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
