"""Requests to a faulty server: every obtainable reply is obtained, faults are reported, no request is sent in vain."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hackmentor.data.teach.expand import Items
from hackmentor.endpoint.completion import CompletionReply, CompletionRequest
from hackmentor.endpoint.reply_journal import opened_reply_journal
from hackmentor.endpoint.send_requests import send_requests
from hackmentor.endpoint.settings import Endpoint
from hackmentor.runtime.errors import UserError
from tests.endpoint.fake_server import FakeServer, running_fake_server


def build_endpoint(base_url: str, **changes: Any) -> Endpoint:
    settings: dict[str, Any] = {
        "base_url": base_url, "model": "m", "key_variable": None, "structured": "json_schema",
        "length_key": "max_tokens", "context_tokens": 1000, "requests_per_minute": None, "tokens_per_minute": None,
        "concurrency": 3, "timeout_seconds": 1.0, "retries": 3, "input_price": 1.0, "output_price": 2.0,
    }  # fmt: skip
    return Endpoint(**(settings | changes))


def build_request(number: int = 0, text: str = "Why?", **changes: Any) -> CompletionRequest:
    return CompletionRequest(f"q{number}", ({"role": "user", "content": f"{text} {number}"},), 50, **changes)


def send_all(
    server: FakeServer, requests: list[CompletionRequest], path: Path, **changes: Any
) -> dict[str, CompletionReply]:
    settings = build_endpoint(server.base_url, **changes)
    with opened_reply_journal(path) as journal:
        send_requests(settings, lambda: requests, journal, lambda: None)
        replies = [journal.get(request.id, request.fingerprint("m")) for request in requests]
    return {reply.id: reply for reply in replies if reply}


@pytest.mark.parametrize("fault", ["429", "500", "408", "slow", "hangup"])
def test_a_passing_fault_is_retried_until_there_is_an_answer(fault: str, tmp_path: Path) -> None:
    with running_fake_server(lambda number: fault if number < 2 else "") as server:
        replies = send_all(server, [build_request(n) for n in range(3)], tmp_path / "j")
    assert [reply.fault for reply in replies.values()] == ["", "", ""]
    assert len(server.questions) == 5


@pytest.mark.parametrize("fault", ["429", "500", "hangup"])
def test_a_lasting_fault_stops_the_job_with_one_message_and_keeps_the_replies(fault: str, tmp_path: Path) -> None:
    with running_fake_server(lambda number: "" if number < 2 else fault) as server:
        with pytest.raises(UserError, match=server.base_url):
            send_all(server, [build_request(n) for n in range(6)], tmp_path / "j", retries=1, concurrency=1)
        assert len(server.questions) == 4
        server.faults = lambda _: ""
        assert len(send_all(server, [build_request(n) for n in range(6)], tmp_path / "j")) == 6
    assert len(server.questions) == 8


@pytest.mark.parametrize(("status", "words"), [("401", "HTTP 401"), ("404", "HTTP 404")])
def test_a_wrong_key_or_model_stops_at_once(status: str, words: str, tmp_path: Path) -> None:
    with running_fake_server(lambda _: status) as server, pytest.raises(UserError, match=words):
        send_all(server, [build_request(n) for n in range(9)], tmp_path / "j", concurrency=1)
    assert len(server.questions) == 1


@pytest.mark.parametrize("fault", ["400", "no json", "empty"])
def test_a_failed_request_is_recorded_and_not_sent_again(fault: str, tmp_path: Path) -> None:
    with running_fake_server(lambda _: fault) as server:
        first = send_all(server, [build_request()], tmp_path / "j")
        again = send_all(server, [build_request()], tmp_path / "j")
    assert first["q0"].fault
    assert again == first
    assert len(server.questions) == 1


def test_an_answer_outside_the_schema_is_repaired_once(tmp_path: Path) -> None:
    with running_fake_server(lambda number: "not the schema" if number == 0 else "") as server:
        reply = send_all(server, [build_request(schema=Items)], tmp_path / "j")["q0"]
    assert (reply.fault, reply.repaired, reply.requests) == ("", True, 2)
    assert (reply.prompt_tokens, reply.completion_tokens) == (20, 10)
    assert len(reply.parse_json()["items"]) == 2


def test_an_answer_outside_the_schema_twice_is_a_fault(tmp_path: Path) -> None:
    with running_fake_server(lambda _: "not the schema") as server:
        reply = send_all(server, [build_request(schema=Items)], tmp_path / "j")["q0"]
    assert "not the JSON that was asked for" in reply.fault
    assert len(server.questions) == 2


@pytest.mark.parametrize("limit", ["context_tokens", "tokens_per_minute"])
def test_a_request_over_a_limit_is_refused_not_sent(limit: str, tmp_path: Path) -> None:
    with running_fake_server() as server:
        changes: dict[str, Any] = {limit: 100}
        replies = send_all(server, [build_request(0), build_request(1, "long " * 200)], tmp_path / "j", **changes)
    assert replies["q0"].fault == ""
    assert f"over {limit}=100" in replies["q1"].fault
    assert len(server.questions) == 1


def test_a_missing_key_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOME_API_KEY", raising=False)
    with running_fake_server() as server, pytest.raises(UserError, match="set the environment variable SOME_API_KEY"):
        send_all(server, [build_request()], tmp_path / "j", key_variable="SOME_API_KEY")
    assert not server.questions


def test_another_request_with_the_same_id_is_sent(tmp_path: Path) -> None:
    with running_fake_server() as server:
        send_all(server, [build_request()], tmp_path / "j")
        send_all(server, [build_request(text="How?")], tmp_path / "j")
    assert len(server.questions) == 2


def test_a_half_written_last_line_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "j"
    with running_fake_server() as server:
        send_all(server, [build_request(n) for n in range(3)], path)
        path.write_bytes(path.read_bytes()[:-20])
        send_all(server, [build_request(n) for n in range(3)], path)
    assert len(server.questions) == 4
    assert len(path.read_text().splitlines()) == 3


def test_a_damaged_line_in_the_middle_is_named(tmp_path: Path) -> None:
    path = tmp_path / "j"
    with running_fake_server() as server:
        send_all(server, [build_request(n) for n in range(3)], path)
    lines = path.read_text().splitlines(keepends=True)
    path.write_text(lines[0] + "{nonsense\n" + lines[2])
    with pytest.raises(UserError, match="line 2"), opened_reply_journal(path):
        pass


def _open(path: Path, report: Callable[[str], None]) -> None:
    try:
        with opened_reply_journal(path):
            report("opened")
    except UserError as error:
        report(str(error))


def test_two_processes_cannot_share_a_journal(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    queue: Any = context.Queue()
    with opened_reply_journal(tmp_path / "j"):
        process = context.Process(target=_open, args=(tmp_path / "j", queue.put))
        process.start()
        assert "another process" in queue.get(timeout=60)
        process.join()
