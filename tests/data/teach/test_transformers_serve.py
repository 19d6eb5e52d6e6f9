"""A real model behind a real server: `transformers serve` with the embedded base."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hackmentor.cli import main
from hackmentor.records.record import read_records
from tests.endpoint.transformers_server import BASE, served

__all__ = ["served"]


def words(served: str) -> list[str]:
    server = [f"teacher.base_url={served}", f"teacher.model={BASE}", "teacher=local", "teacher.structured=prompt"]
    return ["data", "teach", *server, "teacher.temperature=0", "teacher.concurrency=1"]


@pytest.mark.slow
@pytest.mark.long
def test_a_real_model_plays_client_and_consultant(served: str, workplace: Path) -> None:
    assert main([*words(served), "job=consult", "job.count=1", "job.turns=2", "job.max_tokens=40"]) == 0
    (record,) = read_records(workplace / "data/taught/consult/records.jsonl")
    assert len(record.messages) == 4
    assert all(len(message["content"].split()) > 5 for message in record.messages)
    account = json.loads((workplace / "data/taught/consult/card.json").read_text())
    assert account["requests"] == 4
    assert account["completion_tokens"] > 40


@pytest.mark.slow
@pytest.mark.long
def test_a_model_too_small_for_json_is_counted_and_its_cut_answer_not_sent_back(served: str, workplace: Path) -> None:
    assert main([*words(served), "job=expand", "job.count=1", "job.max_tokens=24"]) == 1
    account = json.loads((workplace / "data/taught/expand/card.json").read_text())
    assert (account["questions"], account["requests"], account["results"]) == (1, 1, 0)
    assert account["faults"] == {"cut at the length limit": ["expand/000000"]}
