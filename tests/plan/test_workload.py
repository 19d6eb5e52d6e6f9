"""Steps, tokens and packs are those that training makes."""

from __future__ import annotations

from pathlib import Path

import pytest

from hackmentor.model.tokenizer import load_tokenizer
from hackmentor.plan.workload import TOKENS_A_WORD, Work, sampled, work
from hackmentor.prompts.chat_template import ChatTemplate
from hackmentor.prompts.templates import load_template

SHAPE = {"cutoff": 256, "overlength": "truncate", "batch_size": 5, "micro_batch_tokens": 600}


@pytest.fixture(scope="module")
def template(tiny_llama: Path) -> ChatTemplate:
    return ChatTemplate(load_tokenizer(tiny_llama), load_template("chatml", None))


def planned(file: Path, template: ChatTemplate | None, most: int | None = None, **changed: int) -> Work:
    found = sampled(file, template, max_records=None, seed=3, most=most)
    settings = SHAPE | {"epochs": 2, "max_steps": -1, "devices": 1, "seed": 3} | changed
    done = work(found, **settings)  # type: ignore[arg-type]
    assert done is not None
    return done


@pytest.mark.parametrize("max_steps", [-1, 3])
def test_all_records_give_exactly_what_training_does(small_data: Path, template: ChatTemplate, max_steps: int) -> None:
    from hackmentor.train.datamodule import RecordsModule

    files = small_data / "iio"
    module = RecordsModule(
        files / "train.jsonl", files / "eval.jsonl", template, **SHAPE, max_records=None, validation_records=2,
        epochs=2, max_steps=max_steps, seed=3,
    )  # type: ignore[arg-type]  # fmt: skip
    done = planned(files / "train.jsonl", template, max_steps=max_steps)
    assert done.exact
    assert done.steps == module.steps()
    epochs = done.steps / len(module._plan(0, 1))
    assert done.tokens == round(module.report.tokens * epochs)
    assert done.trained_tokens == round(module.report.trained_tokens * epochs)
    first_epoch = [[pack.size for pack in step.packs] for step in module.train_dataloader()]
    assert {pack for packs in first_epoch for pack in packs} <= set(done.packs)
    assert done.accumulates == any(len(packs) > 1 for packs in first_epoch)


def test_a_sample_stands_for_all(small_data: Path, template: ChatTemplate) -> None:
    file = small_data / "iio" / "train.jsonl"
    whole, part = planned(file, template, cutoff=4096), planned(file, template, most=12, cutoff=4096)
    assert not part.exact
    assert (part.records, part.steps) == (whole.records, whole.steps)
    assert part.tokens == pytest.approx(whole.tokens, rel=0.2)


def test_without_a_tokenizer_words_are_counted(small_data: Path) -> None:
    file = small_data / "turn" / "train.jsonl"
    found = sampled(file, None, max_records=4, seed=0, most=None)
    assert (found.records, found.counted) == (4, False)
    done = work(found, **SHAPE | {"cutoff": 10**6}, epochs=1, max_steps=-1, devices=1, seed=0)  # type: ignore[arg-type]
    from hackmentor.records.record import read_records
    from hackmentor.records.sample import even_sample

    records = even_sample(read_records(file), 4, 0)
    words = sum(len(message["content"].split()) for record in records for message in record.conversation())
    assert done is not None
    assert not done.exact
    assert done.tokens == pytest.approx(TOKENS_A_WORD * words, rel=0.01)


def test_a_cutoff_that_leaves_nothing(small_data: Path, template: ChatTemplate) -> None:
    found = sampled(small_data / "iio" / "train.jsonl", template, max_records=None, seed=0, most=None)
    settings = SHAPE | {"cutoff": 16, "overlength": "drop"}
    assert work(found, **settings, epochs=1, max_steps=-1, devices=1, seed=0) is None  # type: ignore[arg-type]
