"""Encoded records are found again, and only where everything that decides them is the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hackmentor.model.tokenizer import load_tokenizer
from hackmentor.prompts.chat_template import ChatTemplate
from hackmentor.prompts.templates import load_template
from hackmentor.runtime.errors import UserError
from hackmentor.train import encoding_cache
from hackmentor.train.encoding_cache import load_encoded_examples

SETTINGS: dict[str, Any] = {"max_records": 8, "seed": 0, "cutoff": 1000, "overlength": "truncate"}


@pytest.fixture
def template(tiny_llama: Path) -> ChatTemplate:
    return ChatTemplate(load_tokenizer(tiny_llama), load_template("chatml", None))


def test_what_is_found_is_what_was_made(
    small_data: Path, template: ChatTemplate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = small_data / "iio" / "train.jsonl"
    plain, plain_report = load_encoded_examples(file, template, **SETTINGS, cache=None)
    made, made_report = load_encoded_examples(file, template, **SETTINGS, cache=tmp_path / "encoded")
    monkeypatch.delattr(encoding_cache, "encode_records")
    found, found_report = load_encoded_examples(file, template, **SETTINGS, cache=tmp_path / "encoded")
    assert plain.to_list() == made.to_list() == found.to_list()
    assert plain_report == made_report == found_report
    assert found_report.kept == len(found)


def test_what_decides_it_is_in_the_key(small_data: Path, template: ChatTemplate, tmp_path: Path) -> None:
    cache, file = tmp_path / "encoded", small_data / "iio" / "train.jsonl"
    other_template = ChatTemplate(template.tokenizer, load_template("alpaca", None))
    other_file = tmp_path / "other.jsonl"
    other_file.write_text("".join(file.read_text().splitlines(keepends=True)[1:]))
    for change in ({}, {"max_records": 7}, {"seed": 1}, {"cutoff": 999}, {"overlength": "drop"}):
        before = len(list(cache.glob("*")))
        load_encoded_examples(file, template, **SETTINGS | change, cache=cache)
        assert len(list(cache.glob("*"))) == before + 1, change
    load_encoded_examples(file, other_template, **SETTINGS, cache=cache)
    load_encoded_examples(other_file, template, **SETTINGS, cache=cache)
    assert len(list(cache.glob("*"))) == 7


def test_the_oldest_go_and_no_part_of_one_stays(
    small_data: Path, template: ChatTemplate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encoding_cache, "_MAX_ENTRIES", 2)
    file = small_data / "iio" / "train.jsonl"
    for seed in range(4):
        load_encoded_examples(file, template, **SETTINGS | {"seed": seed}, cache=tmp_path)
    assert len(list(tmp_path.iterdir())) == 2
    with pytest.raises(UserError, match=r"over train\.cutoff=8"):
        load_encoded_examples(file, template, **SETTINGS | {"cutoff": 8, "overlength": "error"}, cache=tmp_path)
    assert len(list(tmp_path.iterdir())) == 2


def test_where_nothing_can_be_kept_it_is_encoded_all_the_same(
    small_data: Path, template: ChatTemplate, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cache = tmp_path / "a file"
    cache.touch()
    dataset, _ = load_encoded_examples(small_data / "iio" / "train.jsonl", template, **SETTINGS, cache=cache)
    assert len(dataset) > 0
    assert "encoded records are not kept" in caplog.text
