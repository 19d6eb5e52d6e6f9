"""The file of answers: none is lost, none is asked for twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from hackmentor.evaluate.answer_log import FILE, AnswerBook
from hackmentor.evaluate.question import Question

QUESTION = Question("q", "iio", "iio", "c", ({"role": "user", "content": "Why?"},), "So.", 8)
SEPARATORS = "a\u2028b\u2029c\x85d\x0be\x1cf\r\ng"


def book(folder: Path) -> AnswerBook:
    return AnswerBook(folder, "cell", "f" * 64)


@pytest.mark.parametrize("text", ["", SEPARATORS, '<|im_end|>"}\n{"'])
def test_an_answer_is_read_back_as_it_was_said(text: str, tmp_path: Path) -> None:
    book(tmp_path).add(QUESTION, text, prompt_tokens=1, tokens=1, stop="end")
    kept = book(tmp_path).get(QUESTION)
    assert kept is not None
    assert kept.text == text
    assert [one.text for one in book(tmp_path).settle([QUESTION])] == [text]


def test_half_a_line_costs_its_own_answer_only(tmp_path: Path) -> None:
    book(tmp_path).add(QUESTION, "so", prompt_tokens=1, tokens=1, stop="end")
    with (tmp_path / FILE).open("a") as stream:
        stream.write('{"question_id": "iio/')
    assert book(tmp_path).get(QUESTION) is not None
    assert (tmp_path / FILE).read_text().endswith("\n")
