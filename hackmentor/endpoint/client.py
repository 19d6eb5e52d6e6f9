"""Sends requests through the official OpenAI client, which retries with backoff and jitter and honours Retry-After."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from aiolimiter import AsyncLimiter
from openai import APIConnectionError, APIStatusError, AsyncOpenAI

from hackmentor.endpoint.bounded_http import BoundedHttpClient
from hackmentor.endpoint.completion import CompletionReply, CompletionRequest
from hackmentor.endpoint.parse_reply import CUT_ANSWER, EMPTY_ANSWER, REFUSED_BY_MODEL, Answer, parse_reply
from hackmentor.endpoint.refusals import REFUSAL_STATUSES, describe_error, describe_refusal
from hackmentor.endpoint.settings import NO_KEY, Endpoint
from hackmentor.endpoint.structured_output import (
    SchemaMismatchError,
    build_repair_messages,
    build_response_format,
    extract_json,
)
from hackmentor.records.record import Message
from hackmentor.runtime.errors import UserError

__all__ = ["EMPTY_ANSWER", "EndpointClient"]

SECONDS_PER_MINUTE = 60
# The longest tokens of today's vocabularies are runs of spaces and dashes of about a hundred characters. A server may
# think at length whatever the limit says, so that a small limit allows as much as a medium one.
_MAX_TOKEN_CHARACTERS, _MIN_ANSWER_CHARACTERS = 100, 2**17


class EndpointClient:
    """A connection to one endpoint. Use it as an async context manager.

    Raises:
        UserError: if the key is missing from the environment.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self._openai = AsyncOpenAI(
            base_url=endpoint.base_url,
            api_key=endpoint.get_api_key(),
            max_retries=endpoint.retries,
            timeout=endpoint.timeout_seconds,
            http_client=BoundedHttpClient(seconds=endpoint.timeout_seconds),
        )
        self._request_limiter = _build_limiter(endpoint.requests_per_minute)
        self._token_limiter = _build_limiter(endpoint.tokens_per_minute)

    async def __aenter__(self) -> EndpointClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._openai.close()

    async def send(self, request: CompletionRequest) -> CompletionReply:
        """Sends one request and returns the reply; an answer outside the schema is sent back once for repair.

        A request over the endpoint's limits gets a reply with a fault, without being sent. So does whatever the server
        sends that is no answer.

        Raises:
            UserError: if the endpoint can't be reached, rejects the key or the model, or still fails after all retries:
                further requests would fail too.
        """
        if reason := self.endpoint.explain_over_limit(request):
            return self._build_reply(request, [], fault=f"refused: {reason}")
        first = await self._complete(request, request.messages)
        if request.schema is None:
            # What a model says when it declines is an answer where words are asked for.
            fault = "" if first.fault == REFUSED_BY_MODEL else first.fault
            return self._build_reply(request, [first], text=first.text, fault=self._name_limit(fault, request))
        if first.fault:
            return self._build_reply(request, [first], text=first.text, fault=self._name_limit(first.fault, request))
        try:
            return self._build_reply(request, [first], text=extract_json(first.text, request.schema))
        except SchemaMismatchError as error:
            if first.finish == "length":  # a second answer would be cut as well
                fault = self._name_limit(CUT_ANSWER, request)
                return self._build_reply(request, [first], text=first.text, fault=fault)
            messages = build_repair_messages(request, first.text, str(error))
        second = await self._complete(request, messages)
        try:
            return self._build_reply(request, [first, second], text=extract_json(second.text, request.schema))
        except SchemaMismatchError as error:
            mismatch = f"not the JSON that was asked for, twice: {error}"
            cut = CUT_ANSWER if second.finish == "length" else ""
            fault = self._name_limit(second.fault or cut, request) or mismatch
            return self._build_reply(request, [first, second], text=second.text, fault=fault)

    def _name_limit(self, fault: str, request: CompletionRequest) -> str:
        """A fault; if it is that of a cut answer with the key to raise."""
        return f"{fault}: raise {self.endpoint.max_tokens_key}={request.max_tokens}" if fault == CUT_ANSWER else fault

    def _build_reply(
        self, request: CompletionRequest, answers: Sequence[Answer], *, text: str = "", fault: str = ""
    ) -> CompletionReply:
        return CompletionReply(
            id=request.id,
            fingerprint=request.fingerprint(self.endpoint.model),
            text=text,
            fault=fault,
            prompt_tokens=sum(answer.prompt_tokens for answer in answers),
            completion_tokens=sum(answer.completion_tokens for answer in answers),
            requests=len(answers),
            repaired=len(answers) > 1 and not fault,
            asked=self.endpoint.describe_asking(request),
            thoughts=answers[-1].thoughts if answers else "",
            finish=answers[-1].finish if answers else "",
        )

    async def _complete(self, request: CompletionRequest, messages: Sequence[Message]) -> Answer:
        if self._request_limiter is not None:
            await self._request_limiter.acquire()
        if self._token_limiter is not None:
            # A repair is longer than its request; the limiter can't grant more than its capacity at once.
            await self._token_limiter.acquire(min(request.max_total_tokens, self._token_limiter.max_rate))
        payload = self._build_payload(request, messages)
        try:
            # Raw: a server may send less than the client's types promise, and more.
            response = await self._openai.chat.completions.with_raw_response.create(**payload)
        except APIStatusError as error:
            self._cut_key(error)
            if error.status_code in REFUSAL_STATUSES:
                return Answer(fault=describe_refusal(error))
            raise UserError(f"{self.endpoint.base_url}: {self._explain_status(error)}") from error
        except APIConnectionError as error:
            tries = self.endpoint.retries + 1
            hint = _describe_proxy(self.endpoint.base_url)
            raise UserError(
                f"{self.endpoint.base_url}: no answer in {tries} tries ({error.__cause__!r}){hint}"
            ) from error
        return _bound_answer(parse_reply(self._cut_key_from(response.content)), request)

    def _explain_status(self, error: APIStatusError) -> str:
        """What the server says with a status that ends the job, and what may help."""
        said = f"{describe_error(error)} (HTTP {error.status_code})"
        address = self.endpoint.base_url.rstrip("/")
        if error.status_code == 404:
            if "/v" not in urlsplit(address).path:
                written = self.endpoint.format_setting("base_url", f"{address}/v1")
                return f"{said}; the address of most servers ends with /v1: {written}"
            return f"{said}; does the server have the model {self.endpoint.model}, and is the address all before /chat?"
        if error.status_code in (401, 403):
            variable = self.endpoint.key_variable
            source = (
                f"in the environment variable {variable}"
                if variable
                else self.endpoint.format_setting("key_variable", "NAME of the environment variable with the key")
            )
            return f"{said}; the server wants its key: {source}"
        return said

    def _cut_key(self, error: APIStatusError) -> None:
        """Takes the key, which a server may echo, out of an error: its sentence is shown and kept."""
        error.body = json.loads(self._cut_key_from(json.dumps(error.body).encode()))
        error.message = self._cut_key_from(error.message.encode(errors="replace")).decode()

    def _cut_key_from(self, content: bytes) -> bytes:
        key = self._openai.api_key
        return content if key == NO_KEY else content.replace(key.encode(), b"***")

    def _build_payload(self, request: CompletionRequest, messages: Sequence[Message]) -> dict[str, Any]:
        payload: dict[str, Any] = {
            "model": self.endpoint.model,
            "messages": list(messages),
            self.endpoint.length_key: request.max_tokens,
        }
        if request.temperature is not None:
            payload["temperature"] = request.temperature
        if request.seed is not None and self.endpoint.send_seed:
            payload["seed"] = request.seed
        if request.schema is not None and (
            response_format := build_response_format(request.schema, self.endpoint.structured)
        ):
            payload["response_format"] = response_format
        return payload


def _bound_answer(answer: Answer, request: CompletionRequest) -> Answer:
    """An answer that can have come from the tokens that were asked for; a longer one is a fault, and is cut."""
    limit, length = _MAX_TOKEN_CHARACTERS * request.max_tokens, len(answer.text) + len(answer.thoughts)
    limit = max(_MIN_ANSWER_CHARACTERS, limit)
    if length <= limit:
        return answer
    fault = f"an answer of {length:,} characters, where {request.max_tokens} tokens were asked for"
    return answer._replace(text=answer.text[:limit], thoughts=answer.thoughts[:limit], fault=answer.fault or fault)


def _build_limiter(rate: int | None) -> AsyncLimiter | None:
    return None if rate is None else AsyncLimiter(rate, SECONDS_PER_MINUTE)


def _describe_proxy(base_url: str) -> str:
    """Says that requests to this address go through a proxy of the environment, if they do; never its address."""
    parts = urlsplit(base_url)
    proxies = getproxies()
    if parts.hostname is None or proxy_bypass(parts.hostname) or not {parts.scheme, "all"} & proxies.keys():
        return ""
    name = next((f"{scheme}_proxy" for scheme in (parts.scheme, "all") if scheme in proxies), "")
    name = name if name in os.environ else name.upper()
    return f"; it goes through the proxy of {name}: NO_PROXY={parts.hostname} asks it directly"
