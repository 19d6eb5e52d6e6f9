"""Asks an endpoint through the official client, which retries with backoff and jitter and honours Retry-After."""

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

from hackmentor.endpoint.completion import Ask, Reply
from hackmentor.endpoint.settings import Endpoint
from hackmentor.endpoint.structured_output import UnfitError, fitted, repair_messages, response_format
from hackmentor.records.record import Message
from hackmentor.runtime.errors import UserError

MINUTE = 60
SHOWN = 300
EMPTY = "an empty answer"


class _Answer(NamedTuple):
    text: str
    prompt_tokens: int
    completion_tokens: int
    fault: str = ""


class Client:
    """A connection to one endpoint. Use it as an async context manager.

    Raises:
        UserError: if the key is missing from the environment.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self._openai = AsyncOpenAI(
            base_url=endpoint.base_url,
            api_key=endpoint.key(),
            max_retries=endpoint.retries,
            timeout=endpoint.timeout_seconds,
        )
        self._requests = _limiter(endpoint.requests_per_minute)
        self._tokens = _limiter(endpoint.tokens_per_minute)

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._openai.close()

    async def ask(self, ask: Ask) -> Reply:
        """The reply to one question; where an answer does not fit the schema, it is asked to put it right once.

        A question that can never fit is refused without being sent. Raises UserError where the endpoint can't be
        reached, refuses the key or the model, or still fails after all retries: asking on would be no use.
        """
        if reason := self.endpoint.misfit(ask):
            return self._reply(ask, [], fault=f"refused: {reason}")
        answers = [await self._answer(ask, ask.messages)]
        if answers[0].fault or ask.schema is None:
            return self._reply(ask, answers, text=answers[0].text, fault=answers[0].fault)
        try:
            return self._reply(ask, answers, text=fitted(answers[0].text, ask.schema))
        except UnfitError as error:
            answers.append(await self._answer(ask, repair_messages(ask, answers[0].text, str(error))))
        try:
            return self._reply(ask, answers, text=fitted(answers[1].text, ask.schema))
        except UnfitError as error:
            fault = answers[1].fault or f"not the JSON that was asked for, twice: {error}"
            return self._reply(ask, answers, text=answers[1].text, fault=fault)

    def _reply(self, ask: Ask, answers: Sequence[_Answer], *, text: str = "", fault: str = "") -> Reply:
        return Reply(
            id=ask.id,
            fingerprint=ask.fingerprint(self.endpoint.model),
            text=text,
            fault=fault,
            prompt_tokens=sum(answer.prompt_tokens for answer in answers),
            completion_tokens=sum(answer.completion_tokens for answer in answers),
            requests=len(answers),
            repaired=len(answers) > 1 and not fault,
        )

    async def _answer(self, ask: Ask, messages: Sequence[Message]) -> _Answer:
        if self._requests is not None:
            await self._requests.acquire()
        if self._tokens is not None:
            # A repair is longer than its question; what the limit can hold at once bounds what is asked of it.
            await self._tokens.acquire(min(ask.most_tokens, self._tokens.max_rate))
        try:
            completion = await self._openai.chat.completions.create(**self._request(ask, messages))
        except (BadRequestError, UnprocessableEntityError) as error:
            return _Answer("", 0, 0, f"the endpoint refused it: {_told(error)}")
        except (APIResponseValidationError, json.JSONDecodeError):
            return _Answer("", 0, 0, "the endpoint's reply was no JSON")
        except APIStatusError as error:
            raise UserError(f"{self.endpoint.base_url}: {_told(error)} (HTTP {error.status_code})") from error
        except APIConnectionError as error:
            tries = self.endpoint.retries + 1
            raise UserError(f"{self.endpoint.base_url}: no answer in {tries} tries ({error.__cause__!r})") from error
        return _answer_of(completion)

    def _request(self, ask: Ask, messages: Sequence[Message]) -> dict[str, Any]:
        request: dict[str, Any] = {
            "model": self.endpoint.model,
            "messages": list(messages),
            self.endpoint.length_key: ask.max_tokens,
        }
        if ask.temperature is not None:
            request["temperature"] = ask.temperature
        if ask.seed is not None:
            request["seed"] = ask.seed
        if ask.schema is not None and (form := response_format(ask.schema, self.endpoint.structured)):
            request["response_format"] = form
        return request


def _limiter(rate: int | None) -> AsyncLimiter | None:
    return None if rate is None else AsyncLimiter(rate, MINUTE)


def _answer_of(completion: Any) -> _Answer:  # noqa: ANN401 - a server may send less than the client's type promises
    choices = getattr(completion, "choices", None)
    text = (choices[0].message.content or "") if choices else ""
    # JSON can carry half of a surrogate pair, which no file can.
    text = text.encode(errors="replace").decode()
    usage = getattr(completion, "usage", None)
    counts = (usage.prompt_tokens or 0, usage.completion_tokens or 0) if usage else (0, 0)
    return _Answer(text, *counts, "" if text.strip() else EMPTY)


def _told(error: APIStatusError) -> str:
    return " ".join(error.message.split())[:SHOWN]
