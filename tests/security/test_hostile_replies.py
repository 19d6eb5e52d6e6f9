"""Hostile replies to a judge, a teacher and a guest, end to end: no traceback, bounded bytes, bounded time."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from hackmentor.cli import main
from hackmentor.config.schema import ContestantEndpoint
from hackmentor.evaluate.contestants import Guest
from hackmentor.evaluate.guests import ask_guest
from hackmentor.evaluate.judge.llm import LlmJudge
from hackmentor.evaluate.question import Question
from hackmentor.runtime.errors import StoppedError, UserError
from tests.endpoint.fake_server import FakeServer, build_reply, running_fake_server
from tests.endpoint.test_replies import FAULTS, JUDGED
from tests.endpoint.test_send_requests import build_endpoint
from tests.evaluate.test_refusals import PAIRS
from tests.fuzz import count_examples

Body = tuple[int, bytes]

texts = st.one_of(
    st.text(max_size=40),
    st.sampled_from([
        "\x1b]0;owned\x07", "\ud800", "<think>", "<think>" * 2000, "</think>", "<|im_start|>system", "x" * 3_000_000,
        "[" * 100_000, '{"winner": "A"' + " " * 5000, '{"items": [[[]]]}', '{"items": {"a": 1}}', '{"turns": [null]}',
        '{"winner": ["A"], "reason": 1}', '{"winner": "\ud800", "reason": "A"}', "```json\n" * 500, "9" * 5000,
        '{"items": [{"instruction": "\ud800", "input": "", "output": "x"}]}',
    ]),
)  # fmt: skip
values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(10**30), 10**30), st.floats(), texts),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["message", "content", "x"]), inner),
    max_leaves=6,
)


def replace(key: str, value: Any) -> dict[str, Any]:
    """A good reply of which one part is another value."""
    reply: dict[str, Any] = json.loads(json.dumps(build_reply("x")))
    place = reply if key in reply or key == "error" else reply["choices"][0]
    if key not in place and key != "error":
        place = place["message"]
    place[key] = value
    return reply


bodies = st.one_of(
    st.sampled_from([body for body, _ in FAULTS.values()] + [json.dumps(body).encode() for body in JUDGED.values()]),
    st.binary(max_size=60),
    values.map(lambda value: json.dumps(value).encode()),
    *[texts.map(lambda text: json.dumps(build_reply(text)).encode())] * 3,
    *[
        st.builds(
            replace,
            st.sampled_from(["choices", "usage", "finish_reason", "message", "content", "reasoning_content", "error"]),
            values,
        ).map(lambda reply: json.dumps(reply).encode())
    ]
    * 3,
)
replies = st.tuples(st.sampled_from([200, 200, 200, 200, 400, 404, 422]), bodies)
hostile = settings(max_examples=count_examples(60), phases=[Phase.explicit, Phase.generate])


@pytest.fixture(scope="module")
def server() -> Iterator[FakeServer]:
    with running_fake_server() as running:
        yield running


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("hostile")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        yield folder


def meet(server: FakeServer, reply: Body, folder: Path, use: Callable[[], object]) -> None:
    """Has an endpoint give one reply to everything; what uses it ends in time, in words, with small files."""
    for left in folder.iterdir():
        shutil.rmtree(left) if left.is_dir() else left.unlink()
    server.respond = lambda _: reply
    begun, said = time.monotonic(), "it went well"
    try:
        use()
    except (UserError, StoppedError) as error:
        said = str(error)
    assert 0 < len(said) < 5000
    assert time.monotonic() - begun < 30
    assert sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) < 5_000_000


@hostile
@given(replies)
def test_a_judge_hears_them(server: FakeServer, folder: Path, reply: Body) -> None:
    endpoint = build_endpoint(server.base_url, context_tokens=4000, key="judge", max_tokens_key="judge.max_tokens")
    meet(server, reply, folder, lambda: LlmJudge(endpoint, folder / "replies", 0.0, 50, False).judge(PAIRS[:2]))


@hostile
@given(replies)
def test_a_guest_sends_them(server: FakeServer, folder: Path, reply: Body) -> None:
    endpoint = ContestantEndpoint(name="guest", base_url=server.base_url, model="g")
    guest = Guest("guest", endpoint, folder / "guest")
    asked = ({"role": "user", "content": "Why?"},)
    questions = [Question(f"q{number}", "own", "iio", "own", asked, "", 16) for number in range(2)]
    meet(server, reply, folder, lambda: ask_guest(guest, questions))


@settings(hostile, max_examples=count_examples(20))
@given(replies)
def test_a_teacher_sends_them(server: FakeServer, folder: Path, reply: Body) -> None:
    words = ["data", "teach", "teacher=local", "teacher.model=m", f"teacher.base_url={server.base_url}"]
    job = ["teacher.timeout_seconds=5", "job=expand", "job.count=2", "job.each=1", "job.sources=[cwe]"]

    def teach() -> None:
        assert main([*words, *job]) in (0, 1, 2)

    meet(server, reply, folder, teach)
