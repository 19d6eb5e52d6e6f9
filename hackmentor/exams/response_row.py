"""The rows of a file of answers, in the forms that programs write them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hackmentor.records.read.rows import Row, iter_rows
from hackmentor.runtime.errors import UserError

# The first of these that a row has holds the answer; the most specific names come first.
TEXT_FIELDS = (
    "response", "model_response", "raw_response", "output", "model_output", "completion", "generation",
    "generated_text", "llm_output", "resps", "prediction", "predicted", "pred", "text", "content", "answer",
)  # fmt: skip
ID_FIELDS = ("id", "item_id", "question_id", "row")
PROMPT_FIELDS = ("prompt", "question", "llm_input", "input")
# `answer` is the exam's key where another field holds the model's answer.
KEY_FIELDS = (
    "gt",
    "ground_truth",
    "gold",
    "answer_key",
    "correct_answer",
    "correct answer",
    "solution",
    "target",
    "key",
    "label",
)
MODEL_FIELDS = ("model", "model_name", "contestant")
FINISH_FIELDS = ("finish_reason", "stop_reason", "done_reason", "stop", "finish")
TRUNCATED = ("length", "max_tokens", "max_output_tokens", "model_length")
# In a table with a column for each model, what is no model.
_OTHER_FIELDS = (
    "url",
    "description",
    "platform",
    "category",
    "source",
    "options",
    "set",
    "thoughts",
    "score",
    "success",
)
UNNAMED = "answers"


@dataclass(frozen=True, slots=True)
class ResponseRow:
    """One answer as the file has it; what a row doesn't say is empty."""

    location: str
    model: str
    text: str
    id: str = ""
    prompt: str = ""
    key: str = ""
    truncated: bool = False


def iter_response_rows(path: Path) -> Iterator[ResponseRow]:
    """Every answer of a file. Raises UserError for a row that can't be read, or that has no answer field."""
    for row in iter_rows(path):
        if row.fault:
            raise UserError(f"{path}, {row.location}: {row.fault}")
        if isinstance(row.content, str):
            yield ResponseRow(row.location, UNNAMED, row.content)
        elif isinstance(row.content, Mapping):
            yield from _read_row(path, row, row.content)
        else:
            raise UserError(f"{path}, {row.location}: expected an object or a text")


def _read_row(path: Path, row: Row, content: Mapping[str, Any]) -> Iterator[ResponseRow]:
    names = {str(name).strip().lower(): str(name) for name in content}
    fields = {lower: content[name] for lower, name in names.items()}
    text_field = next((name for name in TEXT_FIELDS if name in fields), None)
    key_fields = KEY_FIELDS if text_field in (None, "answer") else (*KEY_FIELDS, "answer")
    shared = ResponseRow(
        row.location,
        model=_get_first(fields, MODEL_FIELDS) or UNNAMED,
        text="",
        id=_get_id(fields),
        prompt=_get_first(fields, PROMPT_FIELDS),
        key=_get_first(fields, key_fields),
        truncated=any(str(fields.get(name)).lower() in TRUNCATED for name in FINISH_FIELDS),
    )
    if text_field is not None:
        for text in _flatten(fields[text_field]):
            yield replace(shared, text=text)
        return
    taken = {*ID_FIELDS, "doc_id", *PROMPT_FIELDS, *KEY_FIELDS, *MODEL_FIELDS, *FINISH_FIELDS, *_OTHER_FIELDS}
    models = [name for lower, name in names.items() if lower and lower not in taken]
    if not models:
        fields_there = ", ".join(names.values())
        raise UserError(
            f"{path}, {row.location}: no answer in it (fields: {fields_there}); name the answer `response`, or the "
            "columns after the models"
        )
    for name in models:
        yield replace(shared, model=name.strip(), text=_to_text(content[name]))


def _get_id(fields: Mapping[str, Any]) -> str:
    found = _get_first(fields, ID_FIELDS)
    if not found and isinstance(number := fields.get("doc_id"), int):
        # lm-evaluation-harness counts from 0.
        return str(number + 1)
    # Our own answers are named SET/ID.
    return found.rpartition("/")[2]


def _get_first(fields: Mapping[str, Any], names: Sequence[str]) -> str:
    values = (fields.get(name) for name in names)
    return next((str(value).strip() for value in values if isinstance(value, str | int) and str(value).strip()), "")


def _flatten(value: object) -> Iterator[str]:
    """The texts of a value: one, or those of a list of answers to one question."""
    if isinstance(value, list) and value:
        for part in value:
            yield from _flatten(part)
    else:
        yield _to_text(value)


def _to_text(value: object) -> str:
    return "" if value is None or value == [] else str(value)
