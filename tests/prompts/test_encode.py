"""Encoding: every record is trained on, cut or dropped by choice, and counted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from hackmentor.model.tokenizer import load_tokenizer
from hackmentor.prompts.chat_template import ChatTemplate
from hackmentor.prompts.encode import encode_records
from hackmentor.prompts.loss_mask import find_trained_spans
from hackmentor.prompts.templates import list_templates, load_template
from hackmentor.records.record import Message, Record
from hackmentor.runtime.errors import UserError


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


def dialogue(name: str, *said: str, system: str = "") -> Record:
    messages: list[Message] = [{"role": "system", "content": system}] if system else []
    for number, text in enumerate(said):
        messages.append({"role": ("user", "assistant")[number % 2], "content": text})
    return Record(
        id=name, shape="turn", source="s", upstream_id=name, upstream_version="1", licence="l", made_by="t", task="t",
        messages=tuple(messages),
    )  # fmt: skip


ANSWER = "Because it is so. " * 4


def texts(template: ChatTemplate, *records: Record) -> list[list[int]]:
    return [template.encode(record.to_conversation()).input_ids for record in records]


@pytest.mark.parametrize("name", list_templates())
def test_a_dialogue_is_split_between_exchanges(name: str, tiny_llama: Path) -> None:
    template = ChatTemplate(load_tokenizer(tiny_llama), load_template(name, None))
    talk = ("Why?", ANSWER, "And now?", ANSWER, "Then?", ANSWER)
    (two,) = texts(template, dialogue("d", *talk[:4], system="Be brief."))
    examples, report = encode_records(
        [SHORT, dialogue("d", *talk, system="Be brief.")], template, cutoff=len(two), overlength="split"
    )
    assert [example.id for example in examples] == ["short", "d#1", "d#2"]
    expected = dialogue("d", *talk[:4], system="Be brief."), dialogue("d", *talk[4:], system="Be brief.")
    assert [example.input_ids for example in examples[1:]] == texts(template, *expected)
    assert (report.kept, report.split, report.left_out, report.dropped) == (2, {"d": 2}, {}, {})
    assert report.mask is not None
    assert report.mask.ended == report.mask.examples == 3
    whole, _ = encode_records([dialogue("d", *talk, system="Be brief.")], template, cutoff=9999, overlength="error")
    assert sum(example.trained_tokens for example in examples[1:]) == whole[0].trained_tokens


def test_an_exchange_over_the_cutoff_is_left_out_and_counted(template: ChatTemplate) -> None:
    talk = dialogue("d", "Why?", "Because.", "And now?", ANSWER * 9, "Then?", "No.")
    examples, report = encode_records([talk, LONG], template, cutoff=64, overlength="split")
    expected = dialogue("", "Why?", "Because."), dialogue("", "Then?", "No.")
    assert [example.input_ids for example in examples] == texts(template, *expected)
    assert report.left_out == {"d": 1}
    assert report.dropped == {"every exchange is over the cutoff": ["long"]}


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


def test_an_answer_of_weight_0_is_context_and_not_in_the_loss(template: ChatTemplate) -> None:
    plain = dialogue("d", "Why?", "Wrong.", "Really?", ANSWER)
    messages: list[Message] = plain.to_conversation()
    messages[1]["weight"] = 0
    weighted = replace(plain, messages=tuple(messages))
    (whole,), _ = encode_records([plain], template, cutoff=512, overlength="drop")
    (part,), _ = encode_records([weighted], template, cutoff=512, overlength="drop")
    assert part.input_ids == whole.input_ids
    _, second = find_trained_spans(whole)
    assert list(find_trained_spans(part)) == [second]
    # Cut between the two, the part with the wrong answer alone is left out, and counted.
    parts, report = encode_records([weighted], template, cutoff=len(whole.input_ids) - 1, overlength="split")
    assert len(parts) == 1
    assert report.left_out == {"d": 1}
