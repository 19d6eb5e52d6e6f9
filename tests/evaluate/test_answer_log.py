"""The answer log: no answer is lost, and none is generated twice."""

from __future__ import annotations

import json
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


def test_thoughts_are_kept_aside(tmp_path: Path) -> None:
    log = open_log(tmp_path)
    log.add(QUESTION, "<think>\nSure, I can help.\n</think>\n\nI refuse.", prompt_tokens=1, tokens=9, stop="end")
    answer = open_log(tmp_path).get(QUESTION)
    assert answer is not None
    assert (answer.text, answer.thoughts) == ("I refuse.", "Sure, I can help.")


def test_thoughts_in_answers_of_earlier_versions_are_cut(tmp_path: Path) -> None:
    open_log(tmp_path).add(QUESTION, "so", prompt_tokens=1, tokens=1, stop="length")
    row = json.loads((tmp_path / ANSWERS_FILE).read_text())
    del row["thoughts"]
    lines = [row | {"text": "<think>Never ended"}, row | {"text": "a <think> in a sentence", "question_id": "iio/p"}]
    (tmp_path / ANSWERS_FILE).write_text("".join(json.dumps(line) + "\n" for line in lines))
    answer = open_log(tmp_path).get(QUESTION)
    assert answer is not None
    assert (answer.text, answer.thoughts) == ("", "Never ended")
    (other,) = [row for row in open_log(tmp_path)._answers.values() if row.question_id == "iio/p"]
    assert (other.text, other.thoughts) == ("a <think> in a sentence", "")


@pytest.mark.parametrize("line", ["{", "[1]", '{"question_id": "iio/p"}', '{"text": 1, "set": "iio"}'])
def test_a_damaged_line_costs_its_own_answer_and_is_told(
    line: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    log = open_log(tmp_path)
    log.add(QUESTION, "so", prompt_tokens=1, tokens=1, stop="end")
    log.path.write_text(f"{line}\n{log.path.read_text()}")
    assert open_log(tmp_path).get(QUESTION) is not None
    assert "1 answers are generated again" in caplog.text
    assert str(log.path) in caplog.text
