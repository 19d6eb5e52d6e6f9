"""Encoding: every record is trained on, cut or dropped by choice, and counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from hackmentor.data.records import Record
from hackmentor.errors import UserError
from hackmentor.model.tokenizer import load_tokenizer
from hackmentor.prompts.chat import ChatTemplate
from hackmentor.prompts.templates import load_template
from hackmentor.train.examples import encode_records


def record(name: str, question: str, answer: str) -> Record:
    return Record(
        id=name, shape="iio", source="s", upstream_id=name, upstream_version="1", licence="l", made_by="t", task="t",
        messages=(), instruction=question, input="", output=answer,
    )  # fmt: skip


@pytest.fixture(scope="module")
def template(tiny_llama: Path) -> ChatTemplate:
    return ChatTemplate(load_tokenizer(tiny_llama), load_template("chatml", None))


SHORT, LONG = record("short", "Why?", "Because."), record("long", "Why?", "Because it is so. " * 60)
LONG_QUESTION = record("asks", "Why is it so? " * 60, "Because.")


def test_a_record_within_the_cutoff_is_kept(template: ChatTemplate) -> None:
    examples, report = encode_records([SHORT], template, cutoff=64, overlength="drop")
    assert [example.id for example in examples] == ["short"]
    assert report.trained_tokens == examples[0].trained_tokens > 0


def test_drop_counts_by_id(template: ChatTemplate) -> None:
    examples, report = encode_records([SHORT, LONG], template, cutoff=64, overlength="drop")
    assert [example.id for example in examples] == ["short"]
    assert report.dropped == {"over the cutoff": ["long"]}


def test_truncate_counts_by_id_and_drops_what_has_no_answer_left(template: ChatTemplate) -> None:
    examples, report = encode_records([LONG, LONG_QUESTION], template, cutoff=64, overlength="truncate")
    assert [len(example.input_ids) for example in examples] == [64]
    assert report.truncated == ["long"]
    assert report.dropped == {"nothing to train on before the cutoff": ["asks"]}


def test_error_names_the_record(template: ChatTemplate) -> None:
    with pytest.raises(UserError, match="record long has"):
        encode_records([SHORT, LONG], template, cutoff=64, overlength="error")


def test_nothing_left_is_an_error(template: ChatTemplate) -> None:
    with pytest.raises(UserError, match="none of 1 records is left"):
        encode_records([LONG], template, cutoff=64, overlength="drop")


def test_a_template_without_marks_is_an_error_not_a_zero_loss(tiny_llama: Path) -> None:
    source = "{% for message in messages %}{{ message['content'] }}{% endfor %}"
    with pytest.raises(UserError, match="record short: the template marks nothing"):
        encode_records([SHORT], ChatTemplate(load_tokenizer(tiny_llama), source), cutoff=64, overlength="drop")
