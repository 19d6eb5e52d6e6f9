"""Structured output: the JSON in an answer is found, whatever a model puts around it."""

from __future__ import annotations

import json
import time

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


@pytest.mark.parametrize("wrong", ["", "A", "{", "}{", '{"winner": "A"}', '{"reason": "x", "winner": "C"}'])
def test_text_without_an_object_of_the_schema_is_rejected(wrong: str) -> None:
    with pytest.raises(SchemaMismatchError):
        extract_json(wrong, Verdict)


DRAFT = '{"reason": "B looks nicer", "winner": "B"}'


@pytest.mark.parametrize(
    "answer",
    [
        f"{DRAFT} No: {GOOD}",
        f"```json\n{DRAFT}\n```\nOn reflection:\n```json\n{GOOD}\n```",
        f'{GOOD} {{"note": "not of the schema"}}',
        f"The answers {{A, B}} differ {{widely}}. {GOOD}",
        f"{DRAFT[:-1]} {GOOD}",
    ],
)
def test_the_last_object_that_fits_counts_and_no_draft(answer: str) -> None:
    assert json.loads(extract_json(answer, Verdict))["winner"] == "A"


@pytest.mark.parametrize("winner", ["a", "Answer A", "A.", "answer a", "[[A]]"])
def test_a_choice_in_other_words_and_keys_too_many(winner: str) -> None:
    answer = json.dumps({"reason": "so", "winner": winner, "confidence": 0.9})
    assert json.loads(extract_json(answer, Verdict)) == {"reason": "so", "winner": "A"}


@pytest.mark.parametrize("winner", ["A or B", "neither", "a tie between A and B", "", 1, None, ["A"]])
def test_a_choice_that_names_none_or_two_is_no_choice(winner: object) -> None:
    with pytest.raises(SchemaMismatchError, match="winner"):
        extract_json(json.dumps({"reason": "so", "winner": winner}), Verdict)


@pytest.mark.parametrize("text", ["{" * 300_000, '{"a":' * 100_000, '{"' * 100_000, '{"reason": "' + "x{" * 100_000])
def test_a_search_in_nonsense_ends(text: str) -> None:
    started = time.monotonic()
    with pytest.raises(SchemaMismatchError):
        extract_json(text, Verdict)
    assert time.monotonic() - started < 20
