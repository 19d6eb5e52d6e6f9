"""A data set with the records of tasks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hackmentor.cli import main
from hackmentor.records.record import read_records


def test_a_data_set_has_the_records_of_tasks(workplace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["data=iio", "data.sources=[seeds]", "+data.weights.tasks=2", "tracker=none"]
    assert main(["data", *words, "data.tasks=[indicators]"]) == 0
    folder = Path("data/iio")
    train, held_out = (read_records(folder / name) for name in ("train.jsonl", "eval.jsonl"))
    by_task = json.loads((folder / "card.json").read_text(encoding="utf-8"))["train"]["by_task"]
    assert by_task["task.indicators"] > 1000
    assert {record.source for record in train if record.task == "task.indicators"} == {"tasks"}
    sides = [{record.upstream_id for record in side if record.source == "tasks"} for side in (train, held_out)]
    assert sides[0].isdisjoint(sides[1])
    assert len(sides[1]) >= 100
    assert "tasks (0.2.0)" in capsys.readouterr().out
    before = (folder / "train.jsonl").stat().st_mtime_ns
    assert main(["data", *words, "data.tasks=[indicators]"]) == 0
    assert (folder / "train.jsonl").stat().st_mtime_ns == before
