"""Questions to a server that misbehaves: what can be had is had, what can't is told, nothing is asked for nothing."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hackmentor.data.teach.expand import Items
from hackmentor.endpoint.completion import Ask, Reply
from hackmentor.endpoint.reply_journal import opened_journal
from hackmentor.endpoint.send_requests import ask_all
from hackmentor.endpoint.settings import Endpoint
from hackmentor.runtime.errors import UserError
from tests.endpoint.fake_server import Server, running


def endpoint(base_url: str, **changes: Any) -> Endpoint:
    settings: dict[str, Any] = {
        "base_url": base_url, "model": "m", "key_variable": None, "structured": "json_schema",
        "length_key": "max_tokens", "context_tokens": 1000, "requests_per_minute": None, "tokens_per_minute": None,
        "concurrency": 3, "timeout_seconds": 1.0, "retries": 3, "input_price": 1.0, "output_price": 2.0,
    }  # fmt: skip
    return Endpoint(**(settings | changes))


def question(number: int = 0, words: str = "Why?", **changes: Any) -> Ask:
    return Ask(f"q{number}", ({"role": "user", "content": f"{words} {number}"},), 50, **changes)


def asked(server: Server, asks: list[Ask], path: Path, **changes: Any) -> dict[str, Reply]:
    settings = endpoint(server.base_url, **changes)
    with opened_journal(path) as journal:
        ask_all(settings, lambda: asks, journal, lambda: None)
        replies = [journal.get(ask.id, ask.fingerprint("m")) for ask in asks]
    return {reply.id: reply for reply in replies if reply}


@pytest.mark.parametrize("fault", ["429", "500", "408", "slow", "hangup"])
def test_what_passes_is_asked_again_until_it_is_answered(fault: str, tmp_path: Path) -> None:
    with running(lambda number: fault if number < 2 else "") as server:
        replies = asked(server, [question(n) for n in range(3)], tmp_path / "j")
    assert [reply.fault for reply in replies.values()] == ["", "", ""]
    assert len(server.questions) == 5


@pytest.mark.parametrize("fault", ["429", "500", "hangup"])
def test_what_does_not_pass_stops_the_job_with_one_sentence_and_keeps_the_rest(fault: str, tmp_path: Path) -> None:
    with running(lambda number: "" if number < 2 else fault) as server:
        with pytest.raises(UserError, match=server.base_url):
            asked(server, [question(n) for n in range(6)], tmp_path / "j", retries=1, concurrency=1)
        assert len(server.questions) == 4
        server.faults = lambda _: ""
        assert len(asked(server, [question(n) for n in range(6)], tmp_path / "j")) == 6
    assert len(server.questions) == 8


@pytest.mark.parametrize(("status", "words"), [("401", "HTTP 401"), ("404", "HTTP 404")])
def test_a_wrong_key_or_model_stops_at_once(status: str, words: str, tmp_path: Path) -> None:
    with running(lambda _: status) as server, pytest.raises(UserError, match=words):
        asked(server, [question(n) for n in range(9)], tmp_path / "j", concurrency=1)
    assert len(server.questions) == 1


@pytest.mark.parametrize("fault", ["400", "no json", "empty"])
def test_a_question_that_comes_to_nothing_is_counted_and_not_asked_again(fault: str, tmp_path: Path) -> None:
    with running(lambda _: fault) as server:
        first = asked(server, [question()], tmp_path / "j")
        again = asked(server, [question()], tmp_path / "j")
    assert first["q0"].fault
    assert again == first
    assert len(server.questions) == 1


def test_an_answer_outside_the_schema_is_put_right_once(tmp_path: Path) -> None:
    with running(lambda number: "not the schema" if number == 0 else "") as server:
        reply = asked(server, [question(schema=Items)], tmp_path / "j")["q0"]
    assert (reply.fault, reply.repaired, reply.requests) == ("", True, 2)
    assert (reply.prompt_tokens, reply.completion_tokens) == (20, 10)
    assert len(reply.content()["items"]) == 2


def test_an_answer_outside_the_schema_twice_is_a_fault(tmp_path: Path) -> None:
    with running(lambda _: "not the schema") as server:
        reply = asked(server, [question(schema=Items)], tmp_path / "j")["q0"]
    assert "not the JSON that was asked for" in reply.fault
    assert len(server.questions) == 2


@pytest.mark.parametrize("limit", ["context_tokens", "tokens_per_minute"])
def test_a_question_that_can_never_fit_is_refused_not_sent(limit: str, tmp_path: Path) -> None:
    with running() as server:
        changes: dict[str, Any] = {limit: 100}
        replies = asked(server, [question(0), question(1, "long " * 200)], tmp_path / "j", **changes)
    assert replies["q0"].fault == ""
    assert f"over {limit}=100" in replies["q1"].fault
    assert len(server.questions) == 1


def test_a_missing_key_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOME_KEY", raising=False)
    with running() as server, pytest.raises(UserError, match="set the environment variable SOME_KEY"):
        asked(server, [question()], tmp_path / "j", key_variable="SOME_KEY")
    assert not server.questions


def test_another_question_under_the_same_id_is_asked(tmp_path: Path) -> None:
    with running() as server:
        asked(server, [question()], tmp_path / "j")
        asked(server, [question(words="How?")], tmp_path / "j")
    assert len(server.questions) == 2


def test_a_half_written_last_line_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "j"
    with running() as server:
        asked(server, [question(n) for n in range(3)], path)
        path.write_bytes(path.read_bytes()[:-20])
        asked(server, [question(n) for n in range(3)], path)
    assert len(server.questions) == 4
    assert len(path.read_text().splitlines()) == 3


def test_a_damaged_line_in_the_middle_is_named(tmp_path: Path) -> None:
    path = tmp_path / "j"
    with running() as server:
        asked(server, [question(n) for n in range(3)], path)
    lines = path.read_text().splitlines(keepends=True)
    path.write_text(lines[0] + "{nonsense\n" + lines[2])
    with pytest.raises(UserError, match="line 2"), opened_journal(path):
        pass


def _open(path: Path, told: Callable[[str], None]) -> None:
    try:
        with opened_journal(path):
            told("opened")
    except UserError as error:
        told(str(error))


def test_two_processes_cannot_share_a_journal(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    queue: Any = context.Queue()
    with opened_journal(tmp_path / "j"):
        process = context.Process(target=_open, args=(tmp_path / "j", queue.put))
        process.start()
        assert "another process" in queue.get(timeout=60)
        process.join()
