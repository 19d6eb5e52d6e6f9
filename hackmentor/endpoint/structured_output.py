"""Structured output: requesting an answer as JSON of a schema, extracting and validating it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ValidationError

from hackmentor.endpoint.completion import CompletionRequest
from hackmentor.records.record import Message

StructuredOutputMode = Literal["json_schema", "json_object", "prompt"]
CODE_FENCE = re.compile(r"```(?:json)?\s*\n(.*?)\n?```", re.DOTALL)
MAX_SHOWN_ERRORS = 3


class SchemaMismatchError(ValueError):
    """An answer does not match the schema; the message says why, worded for the model that gave it."""


def build_response_format(schema: type[BaseModel], mode: StructuredOutputMode) -> Mapping[str, Any] | None:
    """Builds the `response_format` of a request; None if the endpoint has none and the prompt alone asks for JSON."""
    if mode == "prompt":
        return None
    if mode == "json_object":
        return {"type": "json_object"}
    json_schema = schema.model_json_schema()
    return {"type": "json_schema", "json_schema": {"name": schema.__name__, "schema": json_schema, "strict": True}}


def extract_json(text: str, schema: type[BaseModel]) -> str:
    """Extracts the JSON object from an answer, validated and in canonical form.

    Raises:
        SchemaMismatchError: if there is none, or it does not match the schema.
    """
    fence = CODE_FENCE.search(text)
    try:
        parsed = schema.model_validate_json(_extract_object(fence.group(1) if fence else text))
    except ValidationError as error:
        reasons = [f"{'.'.join(map(str, item['loc'])) or 'answer'}: {item['msg']}" for item in error.errors()]
        raise SchemaMismatchError("; ".join(reasons[:MAX_SHOWN_ERRORS])) from error
    return json.dumps(parsed.model_dump(mode="json"), ensure_ascii=False)


def _extract_object(text: str) -> str:
    """The text from the first brace to the last: models add a sentence before or after their answer."""
    start, end = text.find("{"), text.rfind("}")
    return text[start : end + 1] if 0 <= start < end else text.strip()


def build_repair_messages(request: CompletionRequest, text: str, reason: str) -> list[Message]:
    """The messages of a request, followed by the answer that did not match its schema and what is wrong with it."""
    assert request.schema is not None
    json_schema = json.dumps(request.schema.model_json_schema(), ensure_ascii=False)
    correction = (
        f"That answer can't be used: {reason}. Answer again with one JSON object and nothing else, of this "
        f"JSON schema: {json_schema}"
    )
    return [
        *request.messages,
        {"role": "assistant", "content": text or "(nothing)"},
        {"role": "user", "content": correction},
    ]
