"""Structured output: the JSON in an answer is found, whatever a model puts around it."""

from __future__ import annotations

import json

import pytest

from hackmentor.endpoint.structured_output import SchemaMismatchError, extract_json
from hackmentor.evaluate.judge.llm import Verdict

GOOD = '{"reason": "A names {the} flaw", "winner": "A"}'


@pytest.mark.parametrize(
    "answer",
    [
        GOOD,
        f"```json\n{GOOD}\n```",
        f"```\n{GOOD}\n```",
        f"Here is my verdict:\n{GOOD}",
        f"{GOOD}\nI hope this helps.",
        f"<think>A or B?</think>{GOOD} Done.",
    ],
)
def test_json_is_found_in_the_text_around_it(answer: str) -> None:
    assert json.loads(extract_json(answer, Verdict)) == {"reason": "A names {the} flaw", "winner": "A"}


@pytest.mark.parametrize("wrong", ["", "A", "{", "}{", '{"winner": "A"}', f"{GOOD} or rather {GOOD}"])
def test_text_without_exactly_one_object_is_rejected(wrong: str) -> None:
    with pytest.raises(SchemaMismatchError):
        extract_json(wrong, Verdict)
