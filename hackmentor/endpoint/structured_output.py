"""Answers as JSON: how an endpoint is asked for them, and how they are checked."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ValidationError

from hackmentor.endpoint.completion import Ask
from hackmentor.records.record import Message

Structured = Literal["json_schema", "json_object", "prompt"]
FENCED = re.compile(r"```(?:json)?\s*\n(.*?)\n?```", re.DOTALL)
SHOWN_ERRORS = 3


class UnfitError(ValueError):
    """An answer that is not what was asked for; the message says why, in words for the one who answered."""


def response_format(schema: type[BaseModel], structured: Structured) -> Mapping[str, Any] | None:
    """The `response_format` of a request; None where the endpoint knows none and the prompt must do."""
    if structured == "prompt":
        return None
    if structured == "json_object":
        return {"type": "json_object"}
    form = schema.model_json_schema()
    return {"type": "json_schema", "json_schema": {"name": schema.__name__, "schema": form, "strict": True}}


def fitted(text: str, schema: type[BaseModel]) -> str:
    """The answer as canonical JSON. Raises UnfitError where it holds none, or none of this schema."""
    fence = FENCED.search(text)
    try:
        parsed = schema.model_validate_json(_object_in(fence.group(1) if fence else text))
    except ValidationError as error:
        told = [f"{'.'.join(map(str, item['loc'])) or 'answer'}: {item['msg']}" for item in error.errors()]
        raise UnfitError("; ".join(told[:SHOWN_ERRORS])) from error
    return json.dumps(parsed.model_dump(mode="json"), ensure_ascii=False)


def _object_in(text: str) -> str:
    """The text from its first brace to its last: models put a sentence before their answer, or one behind it."""
    start, end = text.find("{"), text.rfind("}")
    return text[start : end + 1] if 0 <= start < end else text.strip()


def repair_messages(ask: Ask, text: str, reason: str) -> list[Message]:
    """The question once more, with the answer that did not fit and what was wrong with it."""
    assert ask.schema is not None
    form = json.dumps(ask.schema.model_json_schema(), ensure_ascii=False)
    told = (
        f"That answer can't be used: {reason}. Answer again with one JSON object and nothing else, of this "
        f"JSON schema: {form}"
    )
    return [*ask.messages, {"role": "assistant", "content": text or "(nothing)"}, {"role": "user", "content": told}]
