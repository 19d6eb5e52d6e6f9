"""The answer log: no answer is lost, and none is generated twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from hackmentor.evaluate.answer_log import ANSWERS_FILE, AnswerLog
from hackmentor.evaluate.question import Question

QUESTION = Question("q", "iio", "iio", "c", ({"role": "user", "content": "Why?"},), "So.", 8)
SEPARATORS = "a\u2028b\u2029c\x85d\x0be\x1cf\r\ng"


def open_log(folder: Path) -> AnswerLog:
    return AnswerLog(folder, "cell", "f" * 64)


@pytest.mark.parametrize("text", ["", SEPARATORS, '<|im_end|>"}\n{"'])
def test_an_answer_is_read_back_as_it_was_said(text: str, tmp_path: Path) -> None:
    open_log(tmp_path).add(QUESTION, text, prompt_tokens=1, tokens=1, stop="end")
    answer = open_log(tmp_path).get(QUESTION)
    assert answer is not None
    assert answer.text == text
    assert [answer.text for answer in open_log(tmp_path).rewrite([QUESTION])] == [text]


def test_half_a_line_costs_its_own_answer_only(tmp_path: Path) -> None:
    open_log(tmp_path).add(QUESTION, "so", prompt_tokens=1, tokens=1, stop="end")
    with (tmp_path / ANSWERS_FILE).open("a") as stream:
        stream.write('{"question_id": "iio/')
    assert open_log(tmp_path).get(QUESTION) is not None
    assert (tmp_path / ANSWERS_FILE).read_text().endswith("\n")
