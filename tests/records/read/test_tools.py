"""Thoughts and tools in the shapes that other projects write them in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hackmentor.records.read.import_records import import_records
from hackmentor.records.record import format_json_line, parse_record

USER = {"role": "user", "content": "Is port 22 open?"}
TOOL = {"name": "scan", "description": "Scan a port.", "parameters": {"type": "object", "properties": {}}}
CALL = {"id": "call_1", "type": "function", "function": {"name": "scan", "arguments": '{"port": 22}'}}
RESULT = {"role": "tool", "tool_call_id": "call_1", "content": '{"open": true}'}
ANSWER = {"role": "assistant", "content": "Yes."}
OPENAI = {
    "messages": [USER, {"role": "assistant", "content": None, "tool_calls": [CALL]}, RESULT, ANSWER],
    "tools": [{"type": "function", "function": TOOL}],
}
SHAREGPT = {
    "conversations": [
        {"from": "human", "value": "Is port 22 open?"},
        {"from": "function_call", "value": '{"name": "scan", "arguments": {"port": 22}}'},
        {"from": "observation", "value": '{"open": true}'},
        {"from": "gpt", "value": "Yes."},
    ],
    "tools": json.dumps([TOOL]),
}


def read(tmp_path: Path, *items: Any) -> Any:
    (tmp_path / "a.jsonl").write_text("".join(f"{json.dumps(item)}\n" for item in items), encoding="utf-8")
    return import_records(tmp_path / "a.jsonl", source="a", licence="")


@pytest.mark.parametrize("item", [OPENAI, SHAREGPT])
def test_calls_results_and_definitions_are_read_and_kept(tmp_path: Path, item: Any) -> None:
    result = read(tmp_path, item)
    (record,) = result.records
    assert (result.rejected, result.unread) == ({}, {})
    assert [(message["role"], message["content"]) for message in record.messages] == [
        ("user", "Is port 22 open?"), ("assistant", ""), ("tool", '{"open": true}'), ("assistant", "Yes."),
    ]  # fmt: skip
    (call,) = record.messages[1]["tool_calls"]
    assert (call["name"], call["arguments"]) == ("scan", {"port": 22})
    assert record.tools == ({"type": "function", "function": TOOL},)
    assert record.to_conversation()[0]["tools"] == list(record.tools)
    again = parse_record(json.loads(format_json_line(record)))
    assert (again, again.sha256) == (record, record.sha256)


def test_what_a_tool_does_counts_in_the_hash(tmp_path: Path) -> None:
    other = json.loads(json.dumps(OPENAI).replace("22}", "23}"))
    bare = {key: value for key, value in OPENAI.items() if key != "tools"}
    records = read(tmp_path, OPENAI, other, bare).records
    assert len({record.sha256 for record in records}) == 3


@pytest.mark.parametrize(
    "answer",
    [
        ANSWER | {"reasoning_content": "It is SSH."},
        ANSWER | {"reasoning": "It is SSH."},
        {"role": "assistant",
         "content": [{"type": "thinking", "thinking": "It is SSH."}, {"type": "text", "text": "Yes."}]},
    ],
)  # fmt: skip
def test_thoughts_are_read(tmp_path: Path, answer: Any) -> None:
    result = read(tmp_path, {"messages": [USER, answer]})
    (record,) = result.records
    assert record.messages[1] == {"role": "assistant", "content": "Yes.", "reasoning_content": "It is SSH."}
    assert result.unread == {}
    assert parse_record(json.loads(format_json_line(record))) == record


@pytest.mark.parametrize(
    ("messages", "reason"),
    [
        ([USER, RESULT, ANSWER], "a tool's result without a call"),
        ([USER, {"role": "assistant", "content": "", "tool_calls": [CALL]}, USER, ANSWER],
         "a tool call without its result"),
        ([USER, {"role": "assistant", "tool_calls": [{"name": "x", "arguments": "{"}]}, RESULT, ANSWER],
         "the arguments of a tool call can't be read as JSON"),
    ],
)  # fmt: skip
def test_what_no_tool_could_have_said_is_rejected_and_counted(tmp_path: Path, messages: Any, reason: str) -> None:
    result = read(tmp_path, {"messages": messages})
    assert (result.records, list(result.rejected)) == ([], [reason])


def test_results_at_the_end_that_nobody_takes_up_are_dropped_and_the_call_stays(tmp_path: Path) -> None:
    result = read(tmp_path, {"messages": OPENAI["messages"][:3]})
    assert [message["role"] for message in result.records[0].messages] == ["user", "assistant"]
    assert list(result.repaired) == ["tool result that nobody takes up dropped"]
