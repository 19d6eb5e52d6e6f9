"""Requests to the web chat that don't end: they are answered or forgotten, and print nothing."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from hackmentor.chat.web import application
from tests.chat.web.conftest import ScriptedModel, served, start_scripted

HEAD = (
    "POST /conversations{} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n"
)


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    models = ScriptedModel("one", ["One."]), ScriptedModel("two", ["Two."])
    with served(start_scripted(*models), tmp_path / "battles.jsonl") as found:
        yield found


def connect(address: str) -> socket.socket:
    place = urlsplit(address)
    assert place.hostname is not None
    return socket.create_connection((place.hostname, place.port or 80), timeout=30)


@pytest.mark.parametrize("route", ["", "/x/send", "/x/vote", "/x/stop"])
def test_a_request_that_is_broken_off_prints_nothing(
    route: str, address: str, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with connect(address) as stream:
        stream.sendall(HEAD.format(route).encode() + b"{")
    # Another request of the same server is answered when the first one has ended.
    assert httpx.post(f"{address}conversations", json={}, timeout=30).status_code == 200
    said = capfd.readouterr()
    assert "Traceback" not in said.out + said.err + caplog.text


@pytest.mark.parametrize("route", ["", "/x/send", "/x/vote"])
def test_a_request_that_does_not_end_is_refused(route: str, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(application, "BODY_SECONDS", 0.1)
    with connect(address) as stream:
        stream.sendall(HEAD.format(route).encode() + b"{")
        assert stream.recv(1000).startswith(b"HTTP/1.1 408")
