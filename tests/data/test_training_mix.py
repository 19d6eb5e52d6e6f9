"""Copies in the training mix: as many as the weights and the share of safety ask for, marked, and counted once."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hackmentor.data.build import NO_SAFETY, build_dataset, is_current
from hackmentor.data.compose.seed_tasks import SAFETY_TASKS
from hackmentor.data.record_buffer import RecordBuffer
from hackmentor.data.sources import load_source
from hackmentor.data.training_mix import MOST_TIMES, TrainingMix, plan_training_mix
from hackmentor.records.dataset_card import read_dataset_card
from hackmentor.records.record import Record, read_records
from hackmentor.runtime.errors import UserError


@pytest.fixture
def buffer(tmp_path: Path) -> Iterator[RecordBuffer]:
    """100 records of a catalogue, 10 seeds and 2 refusals; their answers have 2, 4 and 6 words."""
    with RecordBuffer(tmp_path, seed=0) as buffer:
        for source, task, count, answer in (
            ("cwe", "cwe.explain", 100, "one two"),
            ("seeds", "seed.answer", 10, "one two three four"),
            ("seeds", "seed.refusal", 2, "one two three four five six"),
        ):
            for number in range(count):
                provenance = dict.fromkeys(("upstream_version", "licence", "made_by"), "x")
                name = f"{task}-{number}"
                content = {"instruction": name, "output": answer}
                record = Record(
                    id=name, shape="iio", source=source, upstream_id=name, task=task, **provenance, **content
                )
                buffer.add(record, held_out=False)
        yield buffer


def plan(buffer: RecordBuffer, **settings: Any) -> TrainingMix:
    columns = buffer.to_columns()
    defaults = {"weights": {}, "safety": None, "max_records": None}
    return plan_training_mix(buffer, columns, np.arange(len(buffer)), **(defaults | settings))


def count_lines(mix: TrainingMix) -> Counter[str]:
    return Counter(json.loads(line)["task"] for line in mix.iter_lines())


def test_without_settings_each_record_is_there_once(buffer: RecordBuffer) -> None:
    mix = plan(buffer)
    assert list(mix.iter_lines()) == list(buffer.iter_lines(np.arange(112)))
    assert mix.count_copies() == {}


def test_weights_are_relative_so_that_one_source_alone_is_there_once(buffer: RecordBuffer) -> None:
    seeds = plan_training_mix(
        buffer, buffer.to_columns(), np.arange(100, 112), weights={"seeds": 3}, safety=None, max_records=None
    )
    assert seeds.count_copies() == {}
    assert plan(buffer, weights={"seeds": 6, "cwe": 2}).count_copies() == {"seed.answer": 20, "seed.refusal": 4}


def test_a_weight_repeats_the_records_of_its_source(buffer: RecordBuffer) -> None:
    mix = plan(buffer, weights={"seeds": 3, "sigma": 5})
    assert count_lines(mix) == {"cwe.explain": 100, "seed.answer": 30, "seed.refusal": 6}
    assert mix.count_copies() == {"seed.answer": 20, "seed.refusal": 4}
    assert mix.measure_shares() == {
        "answer words written by hand": round(156 / 356, 4),
        "safety records": round(6 / 136, 4),
    }


def test_safety_is_repeated_until_its_share_is_reached_whatever_the_weight(buffer: RecordBuffer) -> None:
    mix = plan(buffer, weights={"seeds": 3}, safety=0.1)
    # Others: 100 + 30. 7 x 2 = 14 of 144 is too few, 8 x 2 = 16 of 146 is enough.
    assert count_lines(mix)["seed.refusal"] == 16
    assert mix.measure_shares()["safety records"] >= 0.1


def test_safety_is_never_left_out_for_a_small_share_nor_learnt_by_heart_for_a_large_one(buffer: RecordBuffer) -> None:
    assert count_lines(plan(buffer, safety=0.001))["seed.refusal"] == 2
    assert count_lines(plan(buffer, safety=0.5))["seed.refusal"] == 2 * MOST_TIMES


@pytest.mark.parametrize("limit", [112, 113, 120, 122, 135, 136, 200])
def test_copies_never_exceed_the_limit(buffer: RecordBuffer, limit: int) -> None:
    mix = plan(buffer, weights={"seeds": 3}, max_records=limit)
    found = count_lines(mix)
    assert found.total() == min(limit, 136)
    assert found["cwe.explain"] == 100
    assert mix.times.min() >= 1


def test_copies_are_marked_and_the_rest_of_them_is_the_same(buffer: RecordBuffer, tmp_path: Path) -> None:
    lines = list(plan(buffer, weights={"seeds": 3}).iter_lines())
    (tmp_path / "train.jsonl").write_text("\n".join(lines), encoding="utf-8")
    records = read_records(tmp_path / "train.jsonl")
    assert len({record.id for record in records}) == len(records)
    assert Counter(record.repeat for record in records) == {0: 112, 2: 12, 3: 12}
    originals = {record.id: record for record in records if not record.repeat}
    for copy in records[112:]:
        first = originals[copy.id.removesuffix(f"#{copy.repeat}")]
        assert replace(copy, id=first.id, repeat=0) == first
        assert copy.sha256 == first.sha256


def test_a_repeat_that_is_no_number_is_refused(buffer: RecordBuffer, tmp_path: Path) -> None:
    line = json.loads(next(plan(buffer).iter_lines())) | {"repeat": "2"}
    (tmp_path / "train.jsonl").write_text(json.dumps(line), encoding="utf-8")
    with pytest.raises(UserError, match="repeat must be a whole number"):
        read_records(tmp_path / "train.jsonl")


@pytest.fixture
def mine(tmp_path: Path) -> str:
    """A file of 40 records of one's own beside the seeds."""
    items = [{"instruction": f"What is port {n}?", "output": f"It is the port with number {n}."} for n in range(40)]
    path = tmp_path / "mine.jsonl"
    path.write_text("\n".join(map(json.dumps, items)), encoding="utf-8")
    return str(path)


def test_the_card_counts_no_record_twice_and_the_split_stays(tmp_path: Path, recipe: Any, mine: str) -> None:
    once = recipe("iio", sources=["seeds", mine], filters="none")
    thrice = replace(once, weights={"seeds": 3}, safety=0.0001)
    first, second = build_dataset(once, tmp_path / "once"), build_dataset(thrice, tmp_path / "thrice")
    assert first.train == second.train
    assert first.eval == second.eval
    assert first.files["eval.jsonl"] == second.files["eval.jsonl"]
    assert first.copies == {}
    records = read_records(tmp_path / "thrice" / "train.jsonl")
    assert len(records) == second.train.total + sum(second.copies.values())
    assert second.copies == {"seed.answer": 2 * second.train.by_task["seed.answer"]}
    held_out = {record.upstream_id for record in read_records(tmp_path / "thrice" / "eval.jsonl")}
    assert held_out.isdisjoint(record.upstream_id for record in records)
    assert read_dataset_card(tmp_path / "thrice" / "card.json") == second
    assert is_current(thrice, tmp_path / "thrice")
    assert not is_current(replace(thrice, weights={"seeds": 2}), tmp_path / "thrice")
    assert not is_current(replace(thrice, safety=None), tmp_path / "thrice")


def test_no_safety_leaves_it_out_and_counts_it(tmp_path: Path, recipe: Any) -> None:
    card = build_dataset(recipe("iio", sources=["seeds"], safety=0.0), tmp_path)
    assert SAFETY_TASKS.isdisjoint({*card.train.by_task, *card.eval.by_task})
    marked = [
        entry for entry in load_source("seeds").entries if getattr(entry, "safety", "") and hasattr(entry, "input")
    ]
    assert card.dropped[f"seeds: {NO_SAFETY}"].count == len(marked)
    assert "safety records" not in card.shares


def test_a_copy_among_ones_own_files_is_no_second_record(tmp_path: Path, recipe: Any, mine: str) -> None:
    card = build_dataset(recipe("iio", sources=["seeds", mine], weights={mine: 2}, filters="none"), tmp_path / "mixed")
    copies = sum(card.copies.values())
    assert copies > 30
    again = build_dataset(recipe("iio", sources=[str(tmp_path / "mixed" / "train.jsonl")]), tmp_path / "again")
    dropped = [again.dropped.get(f"{side}: exact duplicate") for side in ("train", "eval")]
    assert sum(item.count for item in dropped if item) == copies


def test_a_weight_for_what_is_no_source_is_refused(tmp_path: Path, recipe: Any) -> None:
    with pytest.raises(UserError, match=r"data\.weights: unknown data source 'sead'.*Did you mean 'seeds'"):
        build_dataset(recipe("iio", sources=["seeds"], weights={"sead": 2}), tmp_path / "iio")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(UserError, match=r"data\.safety must be between 0 and 0\.5"):
        recipe("iio", safety=0.9)


def test_a_card_without_copies_reads_as_before(tmp_path: Path, recipe: Any) -> None:
    build_dataset(recipe("turn", sources=["seeds"]), tmp_path)
    content = json.loads((tmp_path / "card.json").read_text(encoding="utf-8"))
    assert "copies" not in content
    del content["shares"]
    (tmp_path / "card.json").write_text(json.dumps(content), encoding="utf-8")
    card = read_dataset_card(tmp_path / "card.json")
    assert (card.copies, card.shares, card.unread) == ({}, {}, {})
