"""A real model behind a real server: `transformers serve` with the embedded base."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from hackmentor.cli import main
from hackmentor.data.records import read_records
from tests.conftest import REPOSITORY

BASE = REPOSITORY / "models" / "pretrained" / "smollm2-135m"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    assert main(["fetch", "base=smollm2", "size=135m", f"paths.models={REPOSITORY / 'models'}"]) == 0
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    line = [sys.executable, "-m", "transformers.cli.transformers", "serve", "--host", "127.0.0.1", "--port", str(port)]
    with (tmp_path_factory.mktemp("serve") / "log").open("wb") as log:
        server = subprocess.Popen([*line, "--device", "cpu"], stdout=log, stderr=log, env=os.environ)
    try:
        _wait(f"http://127.0.0.1:{port}/health", server)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.terminate()
        server.wait(timeout=30)


def _wait(address: str, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 120
    while True:
        assert server.poll() is None
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except (urllib.error.URLError, OSError):
            assert time.monotonic() < until
            time.sleep(0.3)


def words(served: str) -> list[str]:
    server = [f"teacher.base_url={served}", f"teacher.model={BASE}", "teacher=local", "teacher.structured=prompt"]
    return ["data", "teach", *server, "teacher.temperature=0", "teacher.concurrency=1"]


@pytest.mark.slow
def test_a_real_model_plays_client_and_consultant(served: str, workplace: Path) -> None:
    assert main([*words(served), "job=consult", "job.count=1", "job.turns=2", "job.max_tokens=40"]) == 0
    (record,) = read_records(workplace / "data/taught/consult/records.jsonl")
    assert len(record.messages) == 4
    assert all(len(message["content"].split()) > 5 for message in record.messages)
    account = json.loads((workplace / "data/taught/consult/card.json").read_text())
    assert account["requests"] == 4
    assert account["completion_tokens"] > 40


@pytest.mark.slow
def test_a_model_too_small_for_json_costs_two_requests_a_question_and_is_counted(served: str, workplace: Path) -> None:
    assert main([*words(served), "job=expand", "job.count=1", "job.max_tokens=24"]) == 0
    account = json.loads((workplace / "data/taught/expand/card.json").read_text())
    assert (account["questions"], account["requests"], account["results"]) == (1, 2, 0)
    assert account["faults"] == {"not the JSON that was asked for, twice": ["expand/000000"]}
