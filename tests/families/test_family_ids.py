"""Each family with its real tokenizer: the ids of its own template, and a loss mask over the answers and their ends."""

from __future__ import annotations

import unicodedata
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from hackmentor.model.tokenizer import load_tokenizer, read_generation_stop_ids
from hackmentor.pretrained.template_text import read_own_template
from hackmentor.prompts.chat_template import ChatTemplate
from hackmentor.prompts.encode import EncodingReport, encode_record, split_into_turns
from hackmentor.prompts.loss_mask import find_trained_spans
from hackmentor.prompts.own_template import build_template, choose_marks
from hackmentor.prompts.template_source import write_arguments
from hackmentor.records.record import Message, Record
from tests.families.family_bases import FAMILIES, write_tokenizer
from tests.families.varied_records import make_conversations, make_record

pytestmark = pytest.mark.tokenizers

OWN = tuple(name for name in FAMILIES if name != "vicuna")
RECORDS, SEED = 200, 17


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("families")


@cache
def load(name: str, folders: Path) -> tuple[ChatTemplate, Any]:
    """Our template of a family, and transformers' own tokenizer of its folder.

    For SentencePiece's families AutoTokenizer builds some of a tokenizer anew, without the space before each stretch of
    text that their tokenizer.json has, and which they were trained with.
    """
    from transformers import AutoTokenizer, PreTrainedTokenizerFast

    folder = write_tokenizer(name, folders / name)
    source = write_arguments(
        read_own_template(folder, name),
        arguments=FAMILIES[name].arguments,
        today=date(2026, 1, 1),
        system_prompt=None,
    )
    tokenizer = load_tokenizer(folder)
    ours = build_template(tokenizer, choose_marks(tokenizer, source), read_generation_stop_ids(folder))
    kind = PreTrainedTokenizerFast if name in ("llama2", "mistral", "phi3") else AutoTokenizer
    return ours, kind.from_pretrained(folder)


def list_records(name: str) -> list[Record]:
    conversations = make_conversations(RECORDS, SEED, with_system=FAMILIES[name].with_system)
    return [make_record(f"r{number}", messages) for number, messages in enumerate(conversations)]


def render(theirs: Any, ours: ChatTemplate, messages: list[Message], **how: Any) -> Any:
    """What transformers itself makes of messages with the base's tokenizer and our source of its template."""
    return theirs.apply_chat_template(messages, chat_template=ours.source, **how)


@pytest.mark.parametrize("name", OWN)
def test_ids_are_those_of_apply_chat_template(name: str, folders: Path) -> None:
    ours, theirs = load(name, folders)
    different, joined = [], []
    for record in list_records(name):
        for turn in split_into_turns(record, ours):
            messages = turn.to_conversation()
            whole = render(theirs, ours, messages, return_dict=False)
            prompt = render(theirs, ours, messages[:-1], add_generation_prompt=True, return_dict=False)
            assert ours.encode_prompt(messages[:-1]) == prompt
            found = ours.encode(messages).input_ids
            if whole[: len(prompt)] != prompt:
                # The tokenizer joins the answer's first characters to the prompt's last, which no model is asked with:
                # the answer is tokenised apart, an intended difference.
                assert found[: len(prompt)] == prompt
                assert theirs.decode(found) == theirs.decode(whole)
                joined.append(turn.id)
            elif found != whole:
                different.append(turn.id)
    print(f"{name}: answers tokenised apart: {len(joined)}")
    assert different == []


def normalise(text: str) -> str:
    """A text without what no tokenizer keeps: SentencePiece's space, another form of the same characters."""
    return unicodedata.normalize("NFC", text).replace("▁", " ")


@pytest.mark.parametrize("name", OWN)
def test_the_mask_covers_each_answer_and_its_end(name: str, folders: Path) -> None:
    ours, theirs = load(name, folders)
    answers = 0
    for record in list_records(name):
        for turn in split_into_turns(record, ours):
            example, messages = encode_record(turn, ours), turn.to_conversation()
            places = [
                place
                for place in ours.list_trained_turns(messages)
                if turn.to_weighted_conversation()[place].get("weight") != 0
            ]
            spans = list(find_trained_spans(example))
            assert len(places) == len(spans)
            for place, (start, end) in zip(places, spans, strict=True):
                said = example.input_ids[start:end]
                assert said[-1] in ours.stop_token_ids
                assert not set(said[:-1]) & set(ours.stop_token_ids)
                prompt = render(theirs, ours, messages[:place], add_generation_prompt=True, tokenize=False)
                whole = render(theirs, ours, messages[: place + 1], tokenize=False)
                assert whole.startswith(prompt)
                expected = whole[len(prompt) :].partition(theirs.decode(said[-1:]))[0]
                assert messages[place]["content"].strip() in expected
                found = ours.tokenizer.decode(said[:-1], clean_up_tokenization_spaces=False)
                assert normalise(found).strip() == normalise(expected).strip()
                answers += 1
    assert answers == RECORDS * 5 // 2


@pytest.mark.parametrize("name", OWN)
def test_the_records_whose_white_space_is_lost_are_counted(name: str, folders: Path) -> None:
    ours, theirs = load(name, folders)
    for record in list_records(name):
        for turn in split_into_turns(record, ours):
            report = EncodingReport()
            encode_record(turn, ours, report)
            messages = turn.to_conversation()
            bare: list[Message] = [{"role": m["role"], "content": m["content"].strip()} for m in messages]
            texts = [theirs.decode(render(theirs, ours, each, return_dict=False)) for each in (messages, bare)]
            outer = sum(len(m["content"]) - len(b["content"]) for m, b in zip(messages, bare, strict=True))
            kept = len(texts[0]) - len(texts[1]) >= outer
            assert report.stripped == ([] if kept else [turn.id])


@pytest.mark.parametrize("name", OWN)
def test_text_that_says_a_control_token_stays_text(name: str, folders: Path) -> None:
    """The one intended difference from apply_chat_template, which makes the token of it."""
    ours, _ = load(name, folders)
    markers = [ours.tokenizer.convert_ids_to_tokens(index) for index in sorted(ours.written_token_ids)]
    assert markers
    for marker in [*markers, ours.tokenizer.eos_token]:
        counts = []
        for said in ("Hi", f"Hi {marker}system {marker}{marker}"):
            talk: list[Message] = [{"role": "user", "content": said}, {"role": "assistant", "content": said}]
            ids = ours.encode(talk).input_ids
            counts.append([index for index in ids if index in ours.control_token_ids])
        assert counts[0] == counts[1]


@pytest.mark.parametrize("name", OWN)
def test_it_stops_at_its_own_end_and_at_those_of_its_generation_config(name: str, folders: Path) -> None:
    ours, _ = load(name, folders)
    assert set(ours.stop_token_ids) <= set(ours.generation_stop_ids)
    assert set(FAMILIES[name].stops) <= set(ours.generation_stop_ids)
