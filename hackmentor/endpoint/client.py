"""Sends requests through the official OpenAI client, which retries with backoff and jitter and honours Retry-After."""

from __future__ import annotations

import json
from collections.abc import Sequence
from types import TracebackType
from typing import Any, NamedTuple

from aiolimiter import AsyncLimiter
from openai import (
    APIConnectionError,
    APIResponseValidationError,
    APIStatusError,
    AsyncOpenAI,
    BadRequestError,
    UnprocessableEntityError,
)

from hackmentor.endpoint.completion import CompletionReply, CompletionRequest
from hackmentor.endpoint.settings import Endpoint
from hackmentor.endpoint.structured_output import (
    SchemaMismatchError,
    build_repair_messages,
    build_response_format,
    extract_json,
)
from hackmentor.records.record import Message
from hackmentor.runtime.errors import UserError

SECONDS_PER_MINUTE = 60
MAX_ERROR_LENGTH = 300
EMPTY_ANSWER = "an empty answer"


class _Answer(NamedTuple):
    text: str
    prompt_tokens: int
    completion_tokens: int
    fault: str = ""


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

        A request over the endpoint's limits gets a reply with a fault, without being sent.

        Raises:
            UserError: if the endpoint can't be reached, rejects the key or the model, or still fails after all retries:
                further requests would fail too.
        """
        if reason := self.endpoint.explain_over_limit(request):
            return self._build_reply(request, [], fault=f"refused: {reason}")
        answers = [await self._complete(request, request.messages)]
        if answers[0].fault or request.schema is None:
            return self._build_reply(request, answers, text=answers[0].text, fault=answers[0].fault)
        try:
            return self._build_reply(request, answers, text=extract_json(answers[0].text, request.schema))
        except SchemaMismatchError as error:
            answers.append(await self._complete(request, build_repair_messages(request, answers[0].text, str(error))))
        try:
            return self._build_reply(request, answers, text=extract_json(answers[1].text, request.schema))
        except SchemaMismatchError as error:
            fault = answers[1].fault or f"not the JSON that was asked for, twice: {error}"
            return self._build_reply(request, answers, text=answers[1].text, fault=fault)

    def _build_reply(
        self, request: CompletionRequest, answers: Sequence[_Answer], *, text: str = "", fault: str = ""
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
        )

    async def _complete(self, request: CompletionRequest, messages: Sequence[Message]) -> _Answer:
        if self._request_limiter is not None:
            await self._request_limiter.acquire()
        if self._token_limiter is not None:
            # A repair is longer than its request; the limiter can't grant more than its capacity at once.
            await self._token_limiter.acquire(min(request.max_total_tokens, self._token_limiter.max_rate))
        try:
            completion = await self._openai.chat.completions.create(**self._build_payload(request, messages))
        except (BadRequestError, UnprocessableEntityError) as error:
            return _Answer("", 0, 0, f"the endpoint refused it: {_format_error(error)}")
        except (APIResponseValidationError, json.JSONDecodeError):
            return _Answer("", 0, 0, "the endpoint's reply was no JSON")
        except APIStatusError as error:
            raise UserError(f"{self.endpoint.base_url}: {_format_error(error)} (HTTP {error.status_code})") from error
        except APIConnectionError as error:
            tries = self.endpoint.retries + 1
            raise UserError(f"{self.endpoint.base_url}: no answer in {tries} tries ({error.__cause__!r})") from error
        return _parse_completion(completion)

    def _build_payload(self, request: CompletionRequest, messages: Sequence[Message]) -> dict[str, Any]:
        payload: dict[str, Any] = {
            "model": self.endpoint.model,
            "messages": list(messages),
            self.endpoint.length_key: request.max_tokens,
        }
        if request.temperature is not None:
            payload["temperature"] = request.temperature
        if request.seed is not None:
            payload["seed"] = request.seed
        if request.schema is not None and (
            response_format := build_response_format(request.schema, self.endpoint.structured)
        ):
            payload["response_format"] = response_format
        return payload


def _build_limiter(rate: int | None) -> AsyncLimiter | None:
    return None if rate is None else AsyncLimiter(rate, SECONDS_PER_MINUTE)


def _parse_completion(completion: Any) -> _Answer:  # noqa: ANN401 - a server may send less than the client's type promises
    choices = getattr(completion, "choices", None)
    text = (choices[0].message.content or "") if choices else ""
    # JSON can hold a lone surrogate, which can't be written to a file.
    text = text.encode(errors="replace").decode()
    usage = getattr(completion, "usage", None)
    counts = (usage.prompt_tokens or 0, usage.completion_tokens or 0) if usage else (0, 0)
    return _Answer(text, *counts, "" if text.strip() else EMPTY_ANSWER)


def _format_error(error: APIStatusError) -> str:
    return " ".join(error.message.split())[:MAX_ERROR_LENGTH]
