"""Empty, repetitive and cut answers: a measure of their own."""

from __future__ import annotations

from typing import Literal

import pytest

from hackmentor.evaluate.answer_log import Answer
from hackmentor.evaluate.question import Question
from hackmentor.evaluate.verdict.degenerate_answers import describe_defects, find_defect, measure_degenerate_answers
from hackmentor.evaluate.verdict.findings import compare_with_bases

GOOD = "Use prepared statements, so that what a user types is never taken for SQL."
LOOP = "the attacker can use the attacker can use " * 12


def answer(number: int, text: str, stop: Literal["end", "length"] = "end", name: str = "cell") -> Answer:
    return Answer(f"iio/{number}", "iio", name, "How?", text, 9, 9, stop, "x")


@pytest.mark.parametrize(
    ("text", "stop", "defect"),
    [(GOOD, "end", None), (" \n", "end", "empty"), (LOOP, "length", "repetitive"), (GOOD, "length", "cut")],
)
def test_what_is_wrong_with_an_answer(text: str, stop: Literal["end", "length"], defect: str | None) -> None:
    assert find_defect(answer(0, text, stop)) == defect


def test_it_is_a_measure_of_the_judged_questions_by_their_entries() -> None:
    questions = [Question(str(n), "iio", "iio", "c", (), "", 9, cluster=f"CWE-{n // 2}") for n in range(8)]
    answers = {
        "cell": [*(answer(n, LOOP if n < 3 else "") for n in range(8)), answer(9, "")],
        "base": [answer(n, GOOD, "length" if n == 7 else "end", "base") for n in range(8)],
    }
    measure = measure_degenerate_answers(questions, answers, {"cell": "base"})
    assert measure is not None
    assert (measure.scores["cell"].value, measure.scores["base"].value) == (1.0, 0.125)
    (finding,) = compare_with_bases(measure, {"cell": "base"}, seed=0)
    assert (finding.items, finding.clusters) == (8, 4)
    (told,) = describe_defects(questions, answers)
    assert told == ("degenerate answers: 5 empty, 3 repetitive of 8 by cell and 1 cut at the limit of 8 by base")


def test_without_questions_there_is_none() -> None:
    assert measure_degenerate_answers([], {"cell": [answer(0, "")]}, {}) is None
    assert list(describe_defects([], {"cell": [answer(0, "")]})) == []
