"""Whatever a server sends is an answer or a counted fault, and never a traceback."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hackmentor.endpoint import bounded_http
from hackmentor.endpoint.client import EndpointClient
from hackmentor.endpoint.completion import CompletionReply
from hackmentor.endpoint.parse_reply import parse_reply
from hackmentor.endpoint.reply_journal import opened_reply_journal
from hackmentor.evaluate.judge.llm import Verdict
from tests.endpoint.fake_server import FakeServer, build_reply, running_fake_server
from tests.endpoint.test_send_requests import build_endpoint, build_request

GOOD = json.dumps({"reason": "A is more exact than B.", "winner": "A"})
DRAFT = json.dumps({"reason": "B looks nicer", "winner": "B"})


@pytest.fixture(scope="module")
def server() -> Iterator[FakeServer]:
    with running_fake_server() as running:
        yield running


def ask(
    server: FakeServer, body: bytes, *, schema: Any = Verdict, status: int = 200, **changes: Any
) -> CompletionReply:
    server.respond = lambda _: (status, body)

    async def send() -> CompletionReply:
        async with EndpointClient(build_endpoint(server.base_url, **changes)) as client:
            return await client.send(build_request(schema=schema))

    return asyncio.run(send())


def to_bytes(content: Any) -> bytes:
    return json.dumps(content).encode()


JUDGED = {
    "thoughts with braces": build_reply("<think>\nThe answers {A, B} differ. Winner?\n</think>\n\n" + GOOD),
    "a draft in thoughts": build_reply(f"<think>\nMaybe {DRAFT} but no.\n</think>\n{GOOD}"),
    "a fenced draft": build_reply(f"<think>\n```json\n{DRAFT}\n```\n</think>\n```json\n{GOOD}\n```"),
    "thoughts without braces": build_reply(f"<think>A or B?</think>{GOOD}"),
    "thoughts beside": build_reply(GOOD, reasoning_content=f"Maybe {DRAFT}"),
    "parts": build_reply([{"type": "text", "text": GOOD}]),
    "parts with thoughts": build_reply(
        [{"type": "thinking", "thinking": [{"type": "text", "text": DRAFT}]}, {"type": "text", "text": GOOD}]
    ),
    "parts of one text": build_reply([{"type": "text", "text": GOOD[:9]}, {"type": "output_text", "text": GOOD[9:]}]),
    "a capital fence": build_reply(f"Here is my verdict:\n```JSON\n{GOOD}\n```"),
    "no usage": build_reply(GOOD) | {"usage": None},
    "usage of text": build_reply(GOOD) | {"usage": "many"},
    "usage of parts": build_reply(GOOD) | {"usage": {"prompt_tokens": None, "completion_tokens": "5"}},
    "usage of fractions": build_reply(GOOD) | {"usage": {"prompt_tokens": 10.0, "completion_tokens": float("nan")}},
    "unknown keys": build_reply(GOOD) | {"service_tier": {"x": 1}, "object": None, "created": "now", "id": 3},
    "an unknown finish": build_reply(GOOD, finish=7),
}
FAULTS = {
    "no message": (b'{"choices": [{"message": null}]}', "its choice has no message"),
    "a text completion": (b'{"choices": [{"text": "A"}]}', "its choice has no message"),
    "choices of strings": (b'{"choices": ["A"]}', "its choice has no message"),
    "no choices": (b'{"choices": []}', "it has no choices"),
    "choices of nothing": (b'{"choices": null}', "it has no choices"),
    "an error": (
        b'{"error": {"message": "Provider returned error", "code": 502}}',
        "an error: Provider returned error",
    ),
    "an error in words": (b'{"error": "model is loading"}', "the endpoint reported an error: model is loading"),
    "null": (b"null", "it is null, not an object"),
    "a list": (b"[]", "it is a list, not an object"),
    "text": (b'"ok"', "it is text, not an object"),
    "a number too long": (b"1" * 5000, "it is no JSON"),
    "too deep": (b"[" * 100_000, "it is no JSON"),
    "HTML": (b"<html><body>Login</body></html>", "it is no JSON"),
    "a stream": (b'data: {"choices": []}\n\ndata: [DONE]\n\n', "it is no JSON"),
    "nothing": (b"", "it is no JSON"),
    "cut JSON": (to_bytes(build_reply(GOOD))[:-20], "it is no JSON"),
    "Latin-1": (json.dumps(build_reply("ex\xe4ct"), ensure_ascii=False).encode("latin-1"), "it is not UTF-8"),
    "an object as content": (to_bytes(build_reply({"winner": "A"})), "its content is an object, not text"),
    "a number as content": (to_bytes(build_reply(1)), "its content is a number, not text"),
    "a picture": (
        to_bytes(build_reply([{"type": "image_url", "image_url": {}}])),
        "a part of its content is image_url",
    ),
    "parts of numbers": (to_bytes(build_reply([1])), "a part of its content is a number"),
    "empty": (to_bytes(build_reply("")), "an empty answer"),
    "null content": (to_bytes(build_reply(None)), "an empty answer"),
    "thoughts alone": (to_bytes(build_reply(None, reasoning_content="I think A.")), "only thoughts and no answer"),
    "thoughts in tags alone": (to_bytes(build_reply("<think>A?</think>")), "only thoughts and no answer"),
    "cut thoughts": (
        to_bytes(build_reply("<think>\nLet {me}", "length")),
        "cut at the length limit: raise max_tokens=50",
    ),
    "cut answer": (to_bytes(build_reply(GOOD[:-9], "length")), "cut at the length limit: raise max_tokens=50"),
    "filtered": (to_bytes(build_reply("", "content_filter")), "stopped by the server's content filter"),
    "filtered in the middle": (to_bytes(build_reply(GOOD, "content_filter")), "stopped by the server's content filter"),
    "declined": (to_bytes(build_reply(None, refusal="I can't help.")), "the model declined to answer"),
    "prose": (to_bytes(build_reply("Both are fine.")), "not the JSON that was asked for, twice"),
}


@pytest.mark.parametrize("body", JUDGED.values(), ids=JUDGED.keys())
def test_a_verdict_is_found_and_no_draft_counts(body: Any, server: FakeServer) -> None:
    reply = ask(server, to_bytes(body))
    assert (reply.fault, reply.requests) == ("", 1)
    assert reply.parse_json()["winner"] == "A"


@pytest.mark.parametrize(("body", "expected"), FAULTS.values(), ids=FAULTS.keys())
def test_what_is_no_answer_is_a_fault_with_its_reason(body: bytes, expected: str, server: FakeServer) -> None:
    reply = ask(server, body)
    assert expected in reply.fault


def test_a_cut_answer_is_not_sent_back(server: FakeServer) -> None:
    assert ask(server, to_bytes(build_reply(GOOD[:-9], "length"))).requests == 1


def test_thoughts_are_kept_aside(server: FakeServer) -> None:
    reply = ask(server, to_bytes(build_reply("<think>A or B?</think>Both.", reasoning="Hm.")), schema=None)
    assert (reply.text, reply.thoughts) == ("Both.", "Hm.\n\nA or B?")


def test_a_declined_answer_is_an_answer_in_words(server: FakeServer) -> None:
    reply = ask(server, to_bytes(build_reply(None, refusal="I can't help.")), schema=None)
    assert (reply.text, reply.fault) == ("I can't help.", "")


def test_an_answer_is_bounded_in_size(server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded_http, "MAX_REPLY_BYTES", 1000)
    reply = ask(server, to_bytes(build_reply("x" * 2000)), schema=None)
    assert "it is no JSON" in reply.fault


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.just(GOOD),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
        ["choices", "message", "content", "text", "type", "usage", "prompt_tokens", "error", "finish_reason",
         "thinking",
         "reasoning_content", "refusal", "detail", "loc", "msg"]), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip
MESSAGES = st.fixed_dictionaries(
    {},
    optional={
        "role": ANY_JSON, "content": ANY_JSON, "reasoning_content": ANY_JSON, "refusal": ANY_JSON,
    },
)  # fmt: skip
CHOICES = st.lists(
    ANY_JSON | st.fixed_dictionaries({"message": ANY_JSON | MESSAGES, "finish_reason": ANY_JSON}), max_size=2
)
REPLIES = ANY_JSON | st.fixed_dictionaries({"choices": ANY_JSON | CHOICES, "usage": ANY_JSON, "error": ANY_JSON})
BODIES = st.binary(max_size=60) | REPLIES.map(to_bytes) | st.text(max_size=60).map(lambda text: text.encode("utf-16"))


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(body=BODIES, free=st.booleans(), status=st.sampled_from([200, 200, 200, 400, 422]))
def test_any_reply_is_an_answer_or_a_fault(
    body: bytes, free: bool, status: int, server: FakeServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    reply = ask(server, body, schema=None if free else Verdict, status=status)
    assert reply.fault or reply.text
    if not reply.fault and not free:
        Verdict.model_validate_json(reply.text)
    path = tmp_path_factory.getbasetemp() / "journal"
    with opened_reply_journal(path) as journal:
        journal.add(reply)
    path.unlink()


@settings(max_examples=300, deadline=None)
@given(body=BODIES)
def test_any_body_is_parsed(body: bytes) -> None:
    answer = parse_reply(body)
    assert bool(answer.fault) != bool(answer.text) or answer.fault
    assert min(answer.prompt_tokens, answer.completion_tokens) >= 0


def test_a_server_that_never_ends_is_not_waited_for(tmp_path: Path) -> None:
    with running_fake_server() as server:
        server.trickle = True
        with pytest.raises(Exception, match=r"no answer in 1 tries.*no whole answer in 1 seconds"):
            ask(server, b"", timeout_seconds=1.0, retries=0)
