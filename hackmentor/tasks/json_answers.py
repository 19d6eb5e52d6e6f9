"""The JSON in an answer: in its last code block, or anywhere in the text."""

from __future__ import annotations

import json
import re
from typing import Any

_BLOCK = re.compile(r"```[a-zA-Z]*\s*\n(.*?)```", re.DOTALL)
_DECODER = json.JSONDecoder()


def find_json_object(answer: str) -> dict[str, Any] | None:
    """The last JSON object that stands in an answer by itself, not inside another; None if there is none."""
    for text in (*reversed(_BLOCK.findall(answer)), answer):
        if (found := _find_last_object(text)) is not None:
            return found
    return None


def _find_last_object(text: str) -> dict[str, Any] | None:
    found: dict[str, Any] | None = None
    place = text.find("{")
    while place >= 0:
        end = place + 1
        try:
            value, end = _DECODER.raw_decode(text, place)
        except (ValueError, RecursionError):
            value = None
        if isinstance(value, dict):
            found = value
        place = text.find("{", end)
    return found


def format_json_block(value: Any) -> str:  # noqa: ANN401 - whatever JSON can hold
    """A code block with JSON, a line for each member."""
    return f"```json\n{json.dumps(value, indent=2, ensure_ascii=False)}\n```"


def compute_f1(hits: int, given: int, wanted: int) -> float:
    """The F1 of a set of answers; 1 where nothing is wanted and nothing given."""
    return 2 * hits / (given + wanted) if given + wanted else 1.0
