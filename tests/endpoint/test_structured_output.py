"""Answers as JSON, however a model dresses them."""

from __future__ import annotations

import json

import pytest

from hackmentor.endpoint.structured_output import UnfitError, fitted
from hackmentor.evaluate.judge.llm import Verdict

GOOD = '{"reason": "A names {the} flaw", "winner": "A"}'


@pytest.mark.parametrize(
    "dressed",
    [
        GOOD,
        f"```json\n{GOOD}\n```",
        f"```\n{GOOD}\n```",
        f"Here is my verdict:\n{GOOD}",
        f"{GOOD}\nI hope this helps.",
        f"<think>A or B?</think>{GOOD} Done.",
    ],
)
def test_an_answer_is_found_in_what_stands_around_it(dressed: str) -> None:
    assert json.loads(fitted(dressed, Verdict)) == {"reason": "A names {the} flaw", "winner": "A"}


@pytest.mark.parametrize("wrong", ["", "A", "{", "}{", '{"winner": "A"}', f"{GOOD} or rather {GOOD}"])
def test_what_holds_no_single_answer_is_none(wrong: str) -> None:
    with pytest.raises(UnfitError):
        fitted(wrong, Verdict)
