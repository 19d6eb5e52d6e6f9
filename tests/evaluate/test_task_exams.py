"""Held-out items of tasks, asked of a cell and its base."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hackmentor.cli import main

BASE, CELL = "smollm2-135m", "smollm2-135m-lora-iio"


@pytest.mark.parametrize("key", ["data.tasks", "evaluate.tasks"])
def test_a_task_that_is_not_there(
    key: str, trained: list[str], workplace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    verb = key.partition(".")[0]
    assert main([verb, *trained, f"{key}=[indicatros]"]) == 2
    assert f"{key}: there is no task 'indicatros'; did you mean indicators?" in capsys.readouterr().err


def test_cells_and_bases_are_asked_and_marked(
    trained: list[str], workplace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [*trained, "tracker=none", "evaluate.tasks_items=6", "evaluate.tasks_max_new_tokens=4"]
    assert main(["evaluate", *words, "evaluate.tasks=[indicators, cvss]"]) == 0
    verdict: dict[str, Any] = json.loads(Path("outputs/adhoc/verdict.json").read_text(encoding="utf-8"))
    indicators, cvss = verdict["exams"]
    assert [exam["name"] for exam in (indicators, cvss)] == ["task-indicators", "task-cvss"]
    assert indicators["items"]["asked"] == 6
    assert indicators["items"]["all"] >= 100
    for exam in (indicators, cvss):
        assert set(exam["contestants"]) == {BASE, CELL}
        outcomes = exam["contestants"][CELL]["outcomes"]
        assert sum(outcomes.values()) == 6
        # A tiny random model that may say four tokens answers nothing that can be read.
        assert outcomes["truncated"] + outcomes["unparsed"] == 6
        assert exam["constant"]["label"].startswith("always ")
    (finding,) = (one for one in verdict["findings"] if one["measure"] == "task-indicators")
    assert (finding["items"], finding["value"]) == (6, 0.0)
    said = " ".join(capsys.readouterr().out.split())
    assert "indicators from a report, generated: 6 items" in said
    assert "held-out items, version 0.2.0, labels proven by an extractor of our own" in said
    asked = Path(f"outputs/adhoc/{CELL}/answers.jsonl").read_text(encoding="utf-8")
    before = Path(f"outputs/adhoc/{CELL}/answers.jsonl").stat().st_size
    assert main(["evaluate", *words, "evaluate.tasks=[indicators, cvss]"]) == 0
    assert Path(f"outputs/adhoc/{CELL}/answers.jsonl").stat().st_size == before
    assert '"set": "task-cvss"' in asked
