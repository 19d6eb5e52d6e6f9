"""Servers of a stranger's: their answers are bounded in bytes and time, and a key that they echo is not shown."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hackmentor.runtime.errors import UserError
from tests.endpoint.fake_server import build_reply, running_fake_server
from tests.endpoint.test_send_requests import build_request, send_all

VARIABLE, KEY = "STRANGE_API_KEY", "sk-invented-0123456789"


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, KEY)


@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 422])
@pytest.mark.parametrize("body", [{"error": {"message": f"bad header: Bearer {KEY}"}}, {"detail": [f"{KEY}" * 9]}, KEY])
def test_an_echoed_key_is_not_shown(status: int, body: Any, tmp_path: Path) -> None:
    journal = tmp_path / "journal.jsonl"
    with running_fake_server() as server:
        server.respond = lambda _: (status, json.dumps(body).encode())
        try:
            said = [one.fault for one in send_all(server, [build_request()], journal, key_variable=VARIABLE).values()]
        except Exception as error:  # a refusal of the first requests, or of the key
            said = [str(error)]
    assert all(said)
    assert KEY[:12] not in " ".join(said) + journal.read_text()


@pytest.mark.parametrize("where", ["content", "reasoning_content"])
def test_a_long_answer_is_a_fault_and_is_cut(where: str, tmp_path: Path) -> None:
    journal = tmp_path / "journal.jsonl"
    long = {"content": "a", where: "x" * 5_000_000}
    with running_fake_server() as server:
        server.respond = lambda _: (200, json.dumps(build_reply(**long)).encode())
        reply = send_all(server, [build_request()], journal)["q0"]
    assert "tokens were asked for" in reply.fault
    assert journal.stat().st_size < 300_000


def test_a_key_of_another_name_is_not_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", KEY)
    with running_fake_server() as server:
        with pytest.raises(UserError, match="AWS_SECRET_ACCESS_KEY would be sent to http"):
            send_all(server, [build_request()], tmp_path / "j", key_variable="AWS_SECRET_ACCESS_KEY")
        assert server.questions == []
