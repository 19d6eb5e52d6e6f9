"""The planned steps, tokens and packs are those of training."""

from __future__ import annotations

from pathlib import Path

import pytest

from hackmentor.model.tokenizer import load_tokenizer
from hackmentor.plan.workload import TOKENS_PER_WORD, Workload, count_workload, sample_records
from hackmentor.prompts.chat_template import ChatTemplate
from hackmentor.prompts.templates import load_template

SHAPE = {"cutoff": 256, "overlength": "truncate", "batch_size": 5, "micro_batch_tokens": 600}


@pytest.fixture(scope="module")
def template(tiny_llama: Path) -> ChatTemplate:
    return ChatTemplate(load_tokenizer(tiny_llama), load_template("chatml", None))


def plan_workload(
    file: Path, template: ChatTemplate | None, sample_size: int | None = None, **overrides: int
) -> Workload:
    sample = sample_records(file, template, max_records=None, seed=3, sample_size=sample_size)
    settings = SHAPE | {"epochs": 2, "max_steps": -1, "devices": 1, "seed": 3} | overrides
    workload = count_workload(sample, **settings)  # type: ignore[arg-type]
    assert workload is not None
    return workload


@pytest.mark.parametrize("max_steps", [-1, 3])
def test_all_records_give_exactly_what_training_does(small_data: Path, template: ChatTemplate, max_steps: int) -> None:
    from hackmentor.train.datamodule import RecordsDataModule

    files = small_data / "iio"
    module = RecordsDataModule(
        files / "train.jsonl", files / "eval.jsonl", template, **SHAPE, max_records=None, validation_records=2,
        epochs=2, max_steps=max_steps, seed=3,
    )  # type: ignore[arg-type]  # fmt: skip
    workload = plan_workload(files / "train.jsonl", template, max_steps=max_steps)
    assert workload.exact
    assert workload.steps == module.count_steps()
    epochs = workload.steps / len(module._plan_epoch(0, 1))
    assert workload.tokens == round(module.report.tokens * epochs)
    assert workload.trained_tokens == round(module.report.trained_tokens * epochs)
    first_epoch = [[pack.size for pack in step.packs] for step in module.train_dataloader()]
    assert {pack for packs in first_epoch for pack in packs} <= set(workload.packs)
    assert workload.accumulates == any(len(packs) > 1 for packs in first_epoch)


def test_a_sample_stands_for_all(small_data: Path, template: ChatTemplate) -> None:
    file = small_data / "iio" / "train.jsonl"
    whole, part = plan_workload(file, template, cutoff=4096), plan_workload(file, template, sample_size=12, cutoff=4096)
    assert not part.exact
    assert (part.records, part.steps) == (whole.records, whole.steps)
    assert part.tokens == pytest.approx(whole.tokens, rel=0.2)


def test_without_a_tokenizer_words_are_counted(small_data: Path) -> None:
    file = small_data / "turn" / "train.jsonl"
    sample = sample_records(file, None, max_records=4, seed=0, sample_size=None)
    assert (sample.record_count, sample.tokenized) == (4, False)
    workload = count_workload(sample, **SHAPE | {"cutoff": 10**6}, epochs=1, max_steps=-1, devices=1, seed=0)  # type: ignore[arg-type]
    from hackmentor.records.record import read_records
    from hackmentor.records.sample import sample_evenly

    records = sample_evenly(read_records(file), 4, 0)
    words = sum(len(message["content"].split()) for record in records for message in record.to_conversation())
    assert workload is not None
    assert not workload.exact
    assert workload.tokens == pytest.approx(TOKENS_PER_WORD * words, rel=0.01)


def test_a_cutoff_that_leaves_nothing(small_data: Path, template: ChatTemplate) -> None:
    sample = sample_records(small_data / "iio" / "train.jsonl", template, max_records=None, seed=0, sample_size=None)
    settings = SHAPE | {"cutoff": 16, "overlength": "drop"}
    assert count_workload(sample, **settings, epochs=1, max_steps=-1, devices=1, seed=0) is None  # type: ignore[arg-type]
