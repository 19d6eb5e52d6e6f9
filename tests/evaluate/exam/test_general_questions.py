"""The general questions give nothing away but what they ask."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from hackmentor.evaluate.exam.general_questions import GeneralQuestion, load_general_questions
from hackmentor.runtime.errors import UserError

GOOD = {"id": "a", "category": "c", "question": "q", "options": ["yes", "no"], "answer_index": 0}


def test_there_are_enough_and_positions_are_balanced() -> None:
    questions = load_general_questions()
    assert len(questions) == 72
    assert {len(question.options) for question in questions} == {4}
    assert Counter(question.answer_index for question in questions) == {0: 18, 1: 18, 2: 18, 3: 18}
    for category in {question.category for question in questions}:
        positions = Counter(question.answer_index for question in questions if question.category == category)
        assert set(positions.values()) == {3}


@pytest.mark.parametrize("extreme", [max, min])
def test_the_length_of_an_option_tells_nothing(extreme: object) -> None:
    """Whoever always takes the longest (or shortest) option, guessing among equals, is right as often as by chance."""
    right = [_chance(question, extreme) for question in load_general_questions()]
    assert sum(right) / len(right) < 0.3


def _chance(question: GeneralQuestion, extreme: object) -> float:
    lengths = [len(option) for option in question.options]
    wanted = max(lengths) if extreme is max else min(lengths)
    return (lengths[question.answer_index] == wanted) / lengths.count(wanted)


def test_no_question_comes_twice() -> None:
    questions = [question.question.casefold() for question in load_general_questions()]
    assert len(set(questions)) == len(questions)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"answer_index": 2}, "below 2"),
        ({"answer_index": True}, "answer_index"),
        ({"options": ["yes", "Yes"]}, "same"),
        ({"options": ["yes"]}, "options"),
        ({"options": ["yes", " "]}, "options"),
    ],
)
def test_a_question_that_does_not_hold_is_named(tmp_path: Path, wrong: dict[str, object], reason: str) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text(json.dumps(GOOD) + "\n" + json.dumps({**GOOD, "id": "b", **wrong}), encoding="utf-8")
    with pytest.raises(UserError, match=rf"mine\.jsonl, line 2: .*{reason}"):
        load_general_questions(path)
