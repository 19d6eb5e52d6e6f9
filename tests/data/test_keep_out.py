"""data.keep_out: what an exam asks about is held out, and no training record holds one of its items."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from hackmentor.data.build import build_dataset, is_current
from hackmentor.data.curation_log import CurationLog
from hackmentor.data.kept_out import load_kept_out
from hackmentor.data.record_sources import ComposedSource
from hackmentor.data.sources import load_source
from hackmentor.records.record import read_records
from hackmentor.runtime.errors import UserError
from tests.data.conftest import MakeRecipe
from tests.exams import made_files as made

QUESTION = "Which lamp does the harbour master of Zeebrugge light when fog is announced?"


def make_exam(path: Path, *entries: str) -> Path:
    options = {"A": "the green lamp", "B": "the red lamp", "answer": "B"}
    rows = [{"question": f"{QUESTION} {number}", **options, "entries": entry} for number, entry in enumerate(entries)]
    return made.write_tsv(path, rows)


def test_entries_of_an_exam_are_held_out_with_their_family(tmp_path: Path, recipe: MakeRecipe) -> None:
    exam = make_exam(tmp_path / "exam.tsv", "T1059.001", "T1003", "T9999.001")
    families = {"T1059", "T1003", "T1566", "T1021"}
    catalogue = load_source("attack")
    entries = [one for one in catalogue.entries if one.upstream_id.partition(".")[0] in families]
    keys = load_kept_out([f"mcq:{exam}"]).find_keys({one.upstream_id: one.split_key for one in entries})
    assert keys == {"T1059", "T1003", "T9999"}
    source, log = ComposedSource(replace(catalogue, entries=entries), keys), CurationLog(tmp_path)
    records = list(source.iter_records(recipe("iio", eval_fraction=1e-9), log))
    sides = {(record.upstream_id.partition(".")[0], held_out) for record, held_out in records}
    assert sides == {("T1059", True), ("T1003", True), ("T1566", False), ("T1021", False)}
    told = log.repaired.to_counted_ids()
    assert [rule for rule in told if "data.keep_out" in rule]
    assert {"T1003", "T1059.003"} <= set(next(iter(told.values())).ids)


def test_records_that_hold_an_item_are_left_out_however_many(tmp_path: Path, recipe: MakeRecipe) -> None:
    exam = make_exam(tmp_path / "exam.tsv", "")
    rows = [
        {"instruction": f"{opening} {QUESTION}", "output": "The red lamp."} for opening in ("", "Say:", "Well?", "So,")
    ]
    reworded = "Fog is announced at Zeebrugge. Which lamp does the harbour master light?"
    rows += [{"instruction": reworded, "output": "Red lamp."}]
    rows += [
        {"instruction": f"What is in pump room {n}?", "output": f"Valve {n * 3}, gauge {n * 5} and a telephone."}
        for n in range(20)
    ]
    own = made.write_jsonl(tmp_path / "own.jsonl", rows)
    plain = recipe("iio", sources=[str(own)], filters="none")
    kept = replace(plain, keep_out=[f"mcq:{exam}"])
    assert "keep_out" not in plain.fingerprint_fields()
    card = build_dataset(kept, tmp_path / "kept")
    train = read_records(tmp_path / "kept" / "train.jsonl")
    assert train
    assert not [record.id for record in train if "Zeebrugge" in record.to_text()]
    held_out = len([one for one in read_records(tmp_path / "kept" / "eval.jsonl") if "Zeebrugge" in one.to_text()])
    assert card.dropped["train: holds an item of mcq (exam.tsv)"].count + held_out == 5
    assert is_current(kept, tmp_path / "kept")
    exam.write_text(exam.read_text().replace("green", "white"))
    assert not is_current(kept, tmp_path / "kept")


def test_a_missing_exam_is_told_with_its_key(tmp_path: Path, recipe: MakeRecipe) -> None:
    with pytest.raises(UserError, match=r"data\.keep_out=mcq:nowhere\.csv: nowhere\.csv: no such file"):
        build_dataset(recipe("iio", keep_out=["mcq:nowhere.csv"]), tmp_path / "a")


def test_own_records_of_a_kept_entry_are_held_out_whatever_their_column_says(
    tmp_path: Path, recipe: MakeRecipe
) -> None:
    exam = make_exam(tmp_path / "exam.tsv", "T1003")
    rows = [
        {
            "id": f"r{n}", "upstream_id": "T1003.001" if n < 4 else f"T15{n:02}",
            "split": "eval" if n > 30 else "train",
            "instruction": f"What does step {n} of our runbook say about hosts?",
            "output": f"Step {n} says: isolate host {n * 7}, note the time, and call extension {n * 31} at once.",
        }
        for n in range(36)
    ]  # fmt: skip
    own = made.write_jsonl(tmp_path / "own.jsonl", rows)
    build_dataset(recipe("iio", sources=[str(own)], keep_out=[f"mcq:{exam}"], filters="none"), tmp_path / "kept")
    lines = (tmp_path / "kept" / "train.jsonl").read_text(encoding="utf-8").splitlines()
    assert lines
    assert not [line for line in lines if json.loads(line)["upstream_id"].startswith("T1003")]
