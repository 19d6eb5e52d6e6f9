"""Structured output: requesting an answer as JSON of a schema, extracting and validating it."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ValidationError

from hackmentor.endpoint.completion import CompletionRequest
from hackmentor.records.record import Message

StructuredOutputMode = Literal["json_schema", "json_object", "prompt"]
MAX_SHOWN_ERRORS = 3
# Of the end of an answer, and of its braces where an object may begin: whatever it is, a second is enough.
MAX_SEARCHED_CHARACTERS = 200_000
MAX_OBJECT_STARTS = 10_000
# "Answer A", "the first: A"; in a longer sentence a word can be there by chance.
MAX_CHOICE_WORDS = 2


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
    """Extracts the last JSON object in an answer that matches the schema, validated and in canonical form.

    Those before it are drafts. Keys that the schema lacks are left out, and a choice in other words ("a", "Answer A")
    is taken for the one that it names: not every server enforces a schema.

    Raises:
        SchemaMismatchError: if there is none that matches; the reason is that of the last object.
    """
    reason = ""
    for found in reversed(_find_objects(text)):
        try:
            parsed = _validate_leniently(found, schema)
        except ValidationError as error:
            reason = reason or _explain_mismatch(error)
            continue
        # Lone surrogates can stand in JSON as escapes, and can't be written to a file.
        return json.dumps(parsed.model_dump(mode="json"), ensure_ascii=False).encode(errors="replace").decode()
    raise SchemaMismatchError(reason or "answer: it holds no JSON object")


def _find_objects(text: str) -> list[dict[str, Any]]:
    """The JSON objects in a text that are inside of no other, in their order."""
    decoder, found, position, text = json.JSONDecoder(), [], 0, text[-MAX_SEARCHED_CHARACTERS:]
    for _ in range(MAX_OBJECT_STARTS):
        if (position := text.find("{", position)) < 0:
            break
        try:
            value, position = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            position += 1
        else:
            found.append(value)
    return found


def _validate_leniently(value: dict[str, Any], schema: type[BaseModel]) -> BaseModel:
    try:
        return schema.model_validate_json(_to_json(value))
    except ValidationError as error:
        for item in error.errors():
            with contextlib.suppress(LookupError, TypeError, AttributeError):  # a place that is described otherwise
                _repair_in_place(value, item)
    return schema.model_validate_json(_to_json(value))


def _to_json(value: dict[str, Any]) -> str:
    # As JSON and not as objects, which would be validated less strictly.
    return json.dumps(value, ensure_ascii=False).encode(errors="replace").decode()


def _repair_in_place(value: Any, error: Mapping[str, Any]) -> None:  # noqa: ANN401 - any JSON
    """Removes a key that is too many; replaces a choice by the only one that it names."""
    *path, last = error["loc"] or [""]
    for key in path:
        value = value[key]
    if error["type"] == "extra_forbidden":
        value.pop(last, None)
    elif error["type"] == "literal_error" and isinstance(value[last], str):
        choices = {choice.casefold(): choice for choice in re.findall(r"'([^']*)'", error["ctx"]["expected"])}
        words = re.sub(r"[^\w\s]", " ", value[last]).casefold().split()
        named = [choices[word] for word in words if word in choices]
        if len(named) == 1 and len(words) <= MAX_CHOICE_WORDS:
            value[last] = named[0]


def _explain_mismatch(error: ValidationError) -> str:
    reasons = [f"{'.'.join(map(str, item['loc'])) or 'answer'}: {item['msg']}" for item in error.errors()]
    return "; ".join(reasons[:MAX_SHOWN_ERRORS])


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
