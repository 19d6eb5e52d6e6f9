"""The command `hackmentor data teach` against a real HTTP server."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from hackmentor.cli import main
from hackmentor.endpoint.completion import CompletionReply
from hackmentor.records.record import read_records
from tests.endpoint.fake_server import FakeServer, running_fake_server

JOBS = {
    "expand": ["job=expand", "job.count=8", "job.each=2"],
    "dialogues": ["job=dialogues", "job.sources=[cwe]", "job.count=4"],
    "consult": ["job=consult", "job.count=3", "job.turns=2"],
    "brainstorm": ["job=brainstorm", "job.count=6", "job.each=2"],
}
QUESTIONS = {"expand": 4, "dialogues": 4, "consult": 12, "brainstorm": 3}


def words(server: FakeServer, job: str, *more: str) -> list[str]:
    teacher = ["teacher=local", "teacher.model=m", f"teacher.base_url={server.base_url}", "teacher.timeout_seconds=5"]
    return ["data", "teach", *teacher, *JOBS[job], *more]


def card(folder: Path) -> Any:
    return json.loads((folder / "card.json").read_text())


@pytest.mark.parametrize("job", JOBS)
def test_a_job_asks_once_and_writes_its_results(job: str, workplace: Path) -> None:
    with running_fake_server() as server:
        assert main(words(server, job)) == 0
        assert len(server.questions) == QUESTIONS[job]
        first = {file.name: file.read_bytes() for file in (workplace / "data/taught" / job).iterdir()}
        assert main(words(server, job)) == 0
        assert len(server.questions) == QUESTIONS[job]
    assert {file.name: file.read_bytes() for file in (workplace / "data/taught" / job).iterdir()} == first
    account = card(workplace / "data/taught" / job)
    assert (account["questions"], account["faults"], account["cost"]) == (QUESTIONS[job], {}, 0.0)
    assert account["prompt_tokens"] == 10 * QUESTIONS[job]


def test_expanded_records_have_their_origin(workplace: Path) -> None:
    with running_fake_server() as server:
        main(words(server, "expand"))
    records = read_records(workplace / "data/taught/expand/records.jsonl")
    assert len(records) == 8
    assert {record.made_by.partition("@")[0] for record in records} == {"teacher:m/expand"}
    assert len({record.upstream_id for record in records}) == 4
    assert {record.source for record in records} == {"taught"}


def test_a_dialogue_keeps_the_upstream_id_of_its_text(workplace: Path) -> None:
    with running_fake_server() as server:
        main(words(server, "dialogues"))
    records = read_records(workplace / "data/taught/dialogues/records.jsonl")
    assert all(record.upstream_id.startswith("CWE-") for record in records)
    assert all(record.shape == "turn" and len(record.messages) == 4 for record in records)


def test_in_a_role_play_each_side_hears_the_other(workplace: Path) -> None:
    with running_fake_server() as server:
        main(words(server, "consult"))
    record = read_records(workplace / "data/taught/consult/records.jsonl")[0]
    assert [message["role"] for message in record.messages] == ["user", "assistant"] * 2
    replies = [
        CompletionReply.model_validate_json(line) for line in _lines(workplace / "data/taught/consult/replies.jsonl")
    ]
    told = {reply.id: reply.text for reply in replies}
    assert record.messages[1]["content"] == told["consult/000000/1/consultant"]
    assert record.messages[2]["content"] == told["consult/000000/2/client"]


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def test_brainstormed_categories_feed_another_job(workplace: Path) -> None:
    with running_fake_server() as server:
        main(words(server, "brainstorm"))
        found = _lines(workplace / "data/taught/brainstorm/categories.txt")
        assert len(found) == len(set(found)) > 80
        (workplace / "mine.txt").write_text("\n".join(found[-2:]))
        main(words(server, "expand", "job.categories=mine.txt"))
    tasks = {record.task for record in read_records(workplace / "data/taught/expand/records.jsonl")}
    assert tasks == {f"taught.{name}" for name in found[-2:]}


def test_questions_that_come_to_nothing_are_counted_and_asked_again_on_demand(workplace: Path) -> None:
    with running_fake_server(lambda number: "empty" if number == 1 else "") as server:
        main(words(server, "expand", "teacher.concurrency=1", "job.rounds=1"))
        account = card(workplace / "data/taught/expand")
        assert account["faults"] == {"an empty answer": ["expand/000001"]}
        assert account["results"] == 6
        main(words(server, "expand", "teacher.concurrency=1", "job.rounds=1", "job.retry=failed"))
        assert card(workplace / "data/taught/expand")["results"] == 8
    assert len(server.questions) == 5


def test_a_dry_run_sends_nothing_and_shows_prompts_and_an_estimate(
    workplace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with running_fake_server() as server:
        assert main(words(server, "expand", "job.dry_run=true", "teacher.requests_per_minute=2")) == 0
    shown = capsys.readouterr().out
    assert not server.questions
    assert not (workplace / "data").exists()
    assert "Write 2 new tasks" in shown
    assert "2.0" in shown


def test_without_a_key_it_stops_before_anything_is_made(
    workplace: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    assert main(["data", "teach"]) == 2
    assert "OPENAI_API_KEY" in capsys.readouterr().err
    assert not (workplace / "data").exists()


def test_a_key_in_the_address_is_refused(workplace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "teach", "teacher.base_url=https://user:secret@example.com/v1"]) == 2
    assert "teacher.base_url" in capsys.readouterr().err


@pytest.mark.parametrize("job", ["expand", "consult"])
def test_killed_halfway_it_asks_no_question_twice_and_ends_with_the_same_records(job: str, tmp_path: Path) -> None:
    sizes = {"expand": ["job.count=40"], "consult": ["job.count=6"]}[job]
    with running_fake_server() as quiet:
        assert _command(quiet, job, tmp_path / "whole", *sizes).wait() == 0
    with running_fake_server(seconds=0.1) as server:
        for answers in (5, 12):
            process = _command(server, job, tmp_path / "killed", *sizes)
            _wait_for_lines(tmp_path / "killed/data/taught" / job / "replies.jsonl", answers)
            process.send_signal(signal.SIGKILL)
            process.wait()
        kept = _count(tmp_path / "killed/data/taught" / job / "replies.jsonl")
        server.seconds = 0.0
        assert _command(server, job, tmp_path / "killed", *sizes).wait() == 0
    records = [tmp_path / where / "data/taught" / job / "records.jsonl" for where in ("whole", "killed")]
    assert records[0].read_bytes() == records[1].read_bytes()
    assert kept < len(quiet.questions)
    # Only what was on its way at the two kills, at most two questions a kill, was asked again.
    assert len(quiet.questions) <= len(server.questions) <= len(quiet.questions) + 2 * 2
    assert set(quiet.questions) == set(server.questions)


def _command(server: FakeServer, job: str, folder: Path, *more: str) -> subprocess.Popen[bytes]:
    folder.mkdir(exist_ok=True)
    line = [sys.executable, "-m", "hackmentor", *words(server, job, "teacher.concurrency=2", *more)]
    return subprocess.Popen(line, cwd=folder, env=os.environ, stdout=subprocess.DEVNULL)


def _wait_for_lines(path: Path, lines: int) -> None:
    until = time.monotonic() + 60
    while _count(path) < lines:
        assert time.monotonic() < until
        time.sleep(0.01)


def _count(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.is_file() else 0


def test_documents_of_ones_own_become_dialogues(workplace: Path) -> None:
    words_of = " ".join(["Every incident is reported to the desk within one hour, by phone, whoever saw it."] * 4)
    (workplace / "handbook.md").write_text(f"# Handbook\n\n## Reporting\n\n{words_of}\n")
    with running_fake_server() as server:
        main([*words(server, "dialogues"), "job.sources=[handbook.md]"])
    (record,) = read_records(workplace / "data/taught/dialogues/records.jsonl")
    assert record.upstream_id.startswith("handbook.md")
