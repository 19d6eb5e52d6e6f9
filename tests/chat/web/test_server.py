"""The server without a browser: only what the page uses is answered, and only to the page."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from hackmentor.chat.web.application import build_application
from hackmentor.chat.web.blind_comparison import BlindComparison
from hackmentor.chat.web.conversation_store import ConversationStore
from hackmentor.chat.web.serve import check_port_free, check_server_installed
from hackmentor.runtime.errors import UserError
from tests.chat.web.conftest import ScriptedModel, served, start_scripted


@pytest.fixture
def client(models: tuple[ScriptedModel, ScriptedModel], tmp_path: Path) -> Iterator[httpx.Client]:
    with (
        served(start_scripted(*models), tmp_path / "b.jsonl") as address,
        httpx.Client(base_url=address, timeout=30, limits=httpx.Limits(max_connections=50)) as one,
    ):
        yield one


def start(client: httpx.Client) -> str:
    return str(client.post("conversations", json={}).json()["key"])


def send(client: httpx.Client, key: str, text: str = "hello") -> list[dict[str, Any]]:
    body, headers = json.dumps({"text": text}), {"content-type": "application/json"}
    response = client.post(f"conversations/{key}/send", content=body, headers=headers)
    assert response.status_code == 200, response.text
    return [json.loads(line) for line in response.text.splitlines()]


def test_an_answer_comes_in_lines(models: tuple[ScriptedModel, ScriptedModel], client: httpx.Client) -> None:
    for model in models:
        model.seconds = 0.1
    lines = send(client, start(client))
    assert {line["side"] for line in lines[:-1]} == {0, 1}
    assert lines[-1]["error"] is None
    answers = lines[-1]["state"]["exchanges"][0]["answers"]
    assert {answer["html"] for answer in answers} == {
        "<p>One <strong>says</strong> this.</p>\n", "<p>Two says <code>that</code>.</p>\n",
    }  # fmt: skip
    assert lines[-1]["state"]["names"] == ["A", "B"]


def test_what_a_model_no_longer_sees_is_said(models: tuple[ScriptedModel, ScriptedModel], client: httpx.Client) -> None:
    models[0].context_window, models[0].template.encode_prompt = 2, lambda messages: [0] * (len(messages) // 2)
    key = start(client)
    send(client, key, "first")
    for text in ("second", "third"):
        answers = send(client, key, text)[-1]["state"]["exchanges"][-1]["answers"]
    notes = {answer["text"]: answer["note"] for answer in answers}
    assert notes == {
        "One **says** this.": "(the oldest exchange is beyond the context window, and not seen any more)",
        "Two says `that`.": "",
    }


def test_names_are_hidden_until_the_vote(client: httpx.Client) -> None:
    key = start(client)
    send(client, key)
    before = client.get(f"conversations/{key}").json()
    assert (before["vote"], before["names"]) == (None, ["A", "B"])
    after = client.post(f"conversations/{key}/vote", json={"win": "tie"}).json()
    assert (after["vote"], set(after["names"])) == ("tie", {"one", "two"})


def test_of_twelve_votes_from_twelve_tabs_one_counts(client: httpx.Client, tmp_path: Path) -> None:
    key = start(client)
    send(client, key)
    with ThreadPoolExecutor(12) as pool:
        votes = list(pool.map(lambda _: client.post(f"conversations/{key}/vote", json={"win": "model_a"}), range(12)))
    assert sorted(vote.status_code for vote in votes) == [200] + [409] * 11
    assert "voted on already" in max(votes, key=lambda vote: vote.status_code).json()["error"]
    assert len((tmp_path / "b.jsonl").read_text().splitlines()) == 1


def test_only_the_routes_of_the_page_answer(client: httpx.Client) -> None:
    app = build_application(ConversationStore(lambda: None), print, "", "127.0.0.1")  # type: ignore[arg-type, return-value]
    known = {(route.path, *sorted(route.methods - {"HEAD"})) for route in app.routes}  # type: ignore[attr-defined]
    one = "/conversations/{key}"
    assert known == {
        *((path, "GET") for path in ("/", "/chat.js", "/server.js", "/theme.js", "/page.css", one)),
        *(
            (path, "POST")
            for path in ("/conversations", *(f"{one}/{verb}" for verb in ("send", "retry", "stop", "vote")))
        ),
    }
    script = (Path(build_application.__code__.co_filename).parent / "assets" / "chat.js").read_text()
    for verb in ("send", "retry", "stop", "vote"):
        assert f"conversations/${{key}}/{verb}`" in script
    for path in ("gradio_api/upload", "upload", "config", "docs", "openapi.json", "page.jinja", "assets/chat.js"):
        assert client.get(path).status_code == 404, path
        assert client.post(path, files={"files": b"x" * 100}).status_code == 404, path
    for path in ("..%2fserve.py", "%2e%2e/serve.py", "conversations/x/../../serve.py", "conversations/"):
        assert client.get(path).status_code == 404, path
    assert client.post("", json={}).status_code == 405


def test_another_site_can_make_a_browser_send_nothing(client: httpx.Client) -> None:
    # A page of another site can send forms and text without asking; for JSON the browser asks first.
    for kind in ("text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", ""):
        answer = client.post(
            "conversations", content=b"{}", headers={"content-type": kind, "origin": "http://evil.example"}
        )
        assert answer.status_code == 415
    asked = client.options(
        "conversations", headers={"origin": "http://evil.example", "access-control-request-method": "POST"}
    )
    assert asked.status_code == 405
    assert not [name for name in asked.headers if name.startswith("access-control")]
    assert client.get("", headers={"host": "evil.example"}).status_code == 400


def test_bad_requests_are_sentences(client: httpx.Client) -> None:
    key = start(client)
    json_type = {"content-type": "application/json"}
    for path, body, status in (
        ("send", b'{"text": "  "}', 422),
        ("send", b'{"text": 5}', 422),
        ("send", b"[" * 100_000, 400),
        ("send", b"[1]", 400),
        ("send", b"{", 400),
        ("send", b"\xff", 400),
        ("vote", b'{"win": "me"}', 422),
        ("vote", b'{"win": ["tie"]}', 422),
        ("vote", b'{"win": "tie"}', 409),
        ("send", b" " * (256 * 1024 + 1), 413),
    ):
        answer = client.post(f"conversations/{key}/{path}", content=body, headers=json_type)
        assert answer.status_code == status, (path, body[:20], answer.text)
        assert answer.json()["error"].endswith("."), answer.text
    chunked = client.post("conversations", content=iter([b"{}"]), headers=json_type)
    assert chunked.status_code == 411
    assert "started anew" in client.get("conversations/unknown").json()["error"]
    assert send(client, key, "half a pair: \ud83d")[-1]["error"] is None
    assert client.get(f"conversations/{key}").json()["exchanges"][0]["message"] == "half a pair: ?"


def test_every_answer_has_the_headers(client: httpx.Client) -> None:
    for answer in (client.get(""), client.get("nothing"), client.get("", headers={"host": "evil.example"})):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "http" not in policy
        assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "failure", [UserError("this message is too long: send a shorter one"), RuntimeError("no memory")]
)
def test_what_fails_is_a_sentence(
    failure: Exception, models: tuple[ScriptedModel, ScriptedModel], client: httpx.Client
) -> None:
    models[0].texts = [failure, "better"]
    key = start(client)
    last = send(client, key)[-1]
    assert str(failure) in last["error"]
    assert last["state"]["exchanges"] == []
    assert send(client, key)[-1]["error"] is None


def test_who_leaves_ends_the_answers(models: tuple[ScriptedModel, ScriptedModel], client: httpx.Client) -> None:
    for model in models:
        model.texts, model.seconds = ["x" * 70_000], 0.01
    key = start(client)
    with client.stream("POST", f"conversations/{key}/send", json={"text": "hello"}) as response:
        next(response.iter_lines())
        assert client.get(f"conversations/{key}").json()["answering"]
    until = time.monotonic() + 10
    while (state := client.get(f"conversations/{key}").json())["answering"]:
        assert time.monotonic() < until
        time.sleep(0.05)
    assert [answer["note"] for answer in state["exchanges"][0]["answers"]] == ["Stopped."] * 2


def test_stop_from_anywhere(models: tuple[ScriptedModel, ScriptedModel], client: httpx.Client) -> None:
    for model in models:
        model.texts, model.gate = ["a long answer"], threading.Event()
    key = start(client)
    with ThreadPoolExecutor(1) as pool:
        answering = pool.submit(send, client, key)
        while not all(model.asked for model in models):
            time.sleep(0.01)
        time.sleep(0.1)
        assert client.post(f"conversations/{key}/stop", json={}).status_code == 200
        assert {answer["text"] for answer in answering.result()[-1]["state"]["exchanges"][0]["answers"]} == {"a long"}


def test_old_conversations_are_forgotten() -> None:
    store = ConversationStore(
        lambda: BlindComparison(start_scripted(ScriptedModel("one", [""]), ScriptedModel("two", [""]))), 3
    )
    first, second, third = (store.start() for _ in range(3))
    store.find(first)
    fourth = store.start()
    assert store.find(second) is None
    assert all(store.find(key) for key in (first, third, fourth))


def test_a_busy_port_is_a_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(UserError, match="Address already in use; choose another address or port"):
            check_port_free("127.0.0.1", taken.getsockname()[1])
    with pytest.raises(UserError, match=r"web\.host=nowhere\.invalid"):
        check_port_free("nowhere.invalid", 7860)


def test_without_its_server_it_says_how(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "uvicorn", None)
    with pytest.raises(UserError, match=r"pip install 'hackmentor\[web\]'"):
        check_server_installed()
