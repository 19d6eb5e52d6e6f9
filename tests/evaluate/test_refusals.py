"""A judge or a teacher that a server refuses: its own sentence, the key that helps, and the remedy is tried."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hackmentor.cli import main
from hackmentor.evaluate.judge.llm import LlmJudge
from hackmentor.evaluate.judge.pair import Judgements
from hackmentor.runtime.errors import StoppedError
from tests.endpoint.fake_server import FakeServer, build_reply, refuse, running_fake_server
from tests.endpoint.test_send_requests import build_endpoint
from tests.evaluate.judge.test_judges import BAD, GOOD, build_pair

PAIRS = [build_pair(GOOD, BAD, number) for number in range(6)]
VERDICT = json.dumps({"reason": "so", "winner": "tie"})
Respond = Callable[[Any], "tuple[int, bytes] | None"]


def judge_pairs(server: FakeServer, folder: Path, *, retry: bool = False, **changes: Any) -> Judgements:
    endpoint = build_endpoint(
        server.base_url, **{"context_tokens": 4000, "key": "judge", "max_tokens_key": "judge.max_tokens"} | changes
    )
    return LlmJudge(endpoint, folder / "replies", 0.0, 50, retry).judge(PAIRS)


def accept(_: Any) -> tuple[int, bytes]:
    return 200, json.dumps(build_reply(VERDICT)).encode()


def refuse_if(found: Callable[[Any], bool], sentence: str, status: int = 400) -> Respond:
    return lambda payload: refuse(sentence, status) if found(payload) else accept(payload)


FORMAT = "This response_format type is unavailable now"
REFUSALS: dict[str, tuple[Respond, str, str, dict[str, Any]]] = {
    "json_schema": (
        refuse_if(lambda payload: payload.get("response_format", {}).get("type") == "json_schema", FORMAT),
        FORMAT, "judge.structured=json_object", {"structured": "json_object"},
    ),
    "any response_format": (
        refuse_if(lambda payload: "response_format" in payload, "json_schema response format is not supported", 405),
        "json_schema response format is not supported", "judge.structured=prompt", {"structured": "prompt"},
    ),
    "max_completion_tokens": (
        lambda payload: (422, json.dumps({"detail": [
            {"type": "extra", "loc": ["body", "max_completion_tokens"], "msg": "Extra inputs are not permitted"}
        ]}).encode()) if "max_completion_tokens" in payload else accept(payload),
        "body.max_completion_tokens: Extra inputs are not permitted", "judge.length_key=max_tokens",
        {"length_key": "max_tokens"},
    ),
    "seed": (
        refuse_if(lambda payload: "seed" in payload, "Unrecognized request argument supplied: seed"),
        "Unrecognized request argument supplied: seed", "judge.send_seed=false", {"send_seed": False},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("respond", "sentence", "key", "remedy"), REFUSALS.values(), ids=REFUSALS.keys())
def test_a_refusal_of_all_stops_with_its_sentence_and_the_remedy_works(
    respond: Respond, sentence: str, key: str, remedy: dict[str, Any], tmp_path: Path
) -> None:
    wrong: dict[str, Any] = {"concurrency": 2, "length_key": "max_completion_tokens"}
    if "length_key" not in remedy:
        wrong["length_key"] = "max_tokens"
    with running_fake_server() as server:
        server.respond = respond
        for _ in range(2):  # the second time as well, and the refusals are no replies
            with pytest.raises(StoppedError) as stopped:
                judge_pairs(server, tmp_path, **wrong)
            assert stopped.value.exit_code == 1
            assert sentence in str(stopped.value)
            assert key in str(stopped.value)
        assert 5 <= len(server.questions) <= 2 * 6
        asked = len(server.questions)
        found = judge_pairs(server, tmp_path, **(wrong | remedy))
        assert (len(found.battles), len(server.questions) - asked) == (6, 12)
        assert judge_pairs(server, tmp_path, **(wrong | remedy)) == found
        assert len(server.questions) - asked == 12


def test_a_refused_temperature_names_its_key(tmp_path: Path) -> None:
    with running_fake_server() as server:
        server.respond = refuse_if(lambda payload: "temperature" in payload, "Unsupported value: temperature 0.0")
        with pytest.raises(StoppedError, match=r"judge\.temperature=null"):
            judge_pairs(server, tmp_path)


def test_one_refused_question_of_many_is_counted_and_kept(tmp_path: Path) -> None:
    with running_fake_server(lambda number: "400" if number == 0 else "") as server:
        found = judge_pairs(server, tmp_path, concurrency=1)
        assert len(found.battles) == 5
        assert {reason: len(ids) for reason, ids in found.skipped.items()} == {"the endpoint refused it": 1}
        assert judge_pairs(server, tmp_path, concurrency=1) == found
        assert len(server.questions) == 12
        assert len(judge_pairs(server, tmp_path, concurrency=1, retry=True).battles) == 6
        assert len(server.questions) == 13


def test_questions_that_a_content_filter_refuses_stop_nothing(tmp_path: Path) -> None:
    with running_fake_server() as server:
        filtered = refuse("The response was filtered due to the prompt triggering the content management policy.")
        replies = iter([filtered] * 6)
        server.respond = lambda payload: next(replies, None) or accept(payload)
        found = judge_pairs(server, tmp_path, concurrency=1)
    assert {reason: len(ids) for reason, ids in found.skipped.items()} == {"stopped by the server's content filter": 3}
    assert len(found.battles) == 3


def test_a_fault_counts_for_the_way_it_was_asked_only(tmp_path: Path) -> None:
    with running_fake_server() as first, running_fake_server() as second:
        for server in (first, second):
            server.respond = lambda _: (200, json.dumps(build_reply("Both are fine.")).encode())
            assert "judged none of 6 pairs: 6 not the JSON" in judge_pairs(server, tmp_path).failure
        assert len(first.questions) == len(second.questions) == 24
        first.respond = second.respond = accept
        assert len(judge_pairs(second, tmp_path).battles) == 0
        assert len(judge_pairs(second, tmp_path, structured="prompt").battles) == 6
        # Its answers are the same model's wherever it is served, so that a server may move.
        asked = len(first.questions)
        assert len(judge_pairs(first, tmp_path, structured="prompt").battles) == 6
        assert len(first.questions) == asked


def as_0_1_0_wrote(journal: Path) -> None:
    """Takes away what version 0.1.0 did not keep."""
    rows = [json.loads(line) for line in journal.read_text().splitlines()]
    for row in rows:
        for name in ("asked", "thoughts", "finish"):
            del row[name]
    journal.write_text("".join(json.dumps(row) + "\n" for row in rows))


@pytest.mark.parametrize("changes", [{}, {"structured": "prompt"}, {"length_key": "max_completion_tokens"}])
def test_a_journal_of_an_earlier_version_is_read_and_nothing_asked_again(
    changes: dict[str, Any], tmp_path: Path
) -> None:
    with running_fake_server() as server:
        server.respond = accept
        found = judge_pairs(server, tmp_path, **changes)
        as_0_1_0_wrote(tmp_path / "replies")
        assert judge_pairs(server, tmp_path, **changes) == found
        assert len(server.questions) == 12


def test_refusals_that_an_earlier_version_kept_are_asked_again(tmp_path: Path) -> None:
    with running_fake_server() as server:
        server.respond = accept
        judge_pairs(server, tmp_path)
        as_0_1_0_wrote(tmp_path / "replies")
        rows = [json.loads(line) for line in (tmp_path / "replies").read_text().splitlines()]
        refused = [row | {"text": "", "fault": "the endpoint refused it: Error code: 400"} for row in rows]
        (tmp_path / "replies").write_text("".join(json.dumps(row) + "\n" for row in refused))
        assert len(judge_pairs(server, tmp_path).battles) == 6
        assert len(server.questions) == 24


TEACH = ["data", "teach", "teacher=local", "teacher.model=m", "job=expand", "job.count=12", "job.each=2"]


def test_a_teacher_that_is_refused_stops_and_the_remedy_works(
    workplace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with running_fake_server() as server:
        words = [*TEACH, f"teacher.base_url={server.base_url}"]
        refused = refuse(FORMAT)
        server.respond = lambda payload: refused if payload["response_format"]["type"] == "json_schema" else (
            200, json.dumps(build_reply('{"items": [{"instruction": "a", "input": "", "output": "b"}]}')).encode()
        )  # fmt: skip
        assert main(words) == 1
        said = capsys.readouterr().err
        assert FORMAT in said
        assert "Traceback" not in said
        assert main([*words, "teacher.structured=json_object"]) == 0
    assert (workplace / "data/taught/expand/records.jsonl").read_text().count("\n") == 6


def test_a_teacher_that_writes_nothing_is_no_success(workplace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with running_fake_server(lambda _: "empty") as server:
        assert main([*TEACH, f"teacher.base_url={server.base_url}"]) == 1
        assert "job.retry=failed" in capsys.readouterr().err


ADDRESSES = {
    "127.0.0.1:8000/v1": "it has no scheme; write http://127.0.0.1:8000/v1",
    "http://127.0.0.1:8000/v1/chat/completions": "write http://127.0.0.1:8000/v1",
    "ftp://host/v1": "begins with http:// or https://",
    "http://key@host/v1": "key_variable",
    "http://": "write one like",
    "http://[host/v1": "write one like",
    "http://host:port/v1": "write one like",
}


@pytest.mark.parametrize(("address", "expected"), ADDRESSES.items())
def test_an_address_that_is_none_says_what_to_write(
    address: str, expected: str, workplace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*TEACH, f"teacher.base_url='{address}'"]) == 2
    said = capsys.readouterr().err
    assert "teacher.base_url=" in said
    assert expected in said


def test_an_address_without_v1_says_so(workplace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with running_fake_server() as server:
        address = server.base_url.removesuffix("/v1")
        server.respond = lambda _: (404, b'{"detail": "Not Found"}')
        assert main([*TEACH, f"teacher.base_url={address}"]) == 2
    assert f"Not Found (HTTP 404); the address of most servers ends with /v1: teacher.base_url={address}/v1" in (
        capsys.readouterr().err
    )
