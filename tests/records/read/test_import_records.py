import json
from pathlib import Path
from typing import Any

import pytest

from hackmentor.records.read import repair as rules
from hackmentor.records.read.import_records import import_records
from hackmentor.records.read.import_result import ImportResult
from hackmentor.records.read.item_records import NO_INPUT_REPAIR
from hackmentor.runtime.errors import UserError


def write(path: Path, items: list[Any]) -> Path:
    if path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(item) + "\n" for item in items), encoding="utf-8")
    elif path.suffix == ".json":
        path.write_text(json.dumps(items, indent=1), encoding="utf-8")
    else:
        from datasets import Dataset

        Dataset.from_list(items).to_parquet(str(path))
    return path


def read(path: Path, **options: bool) -> ImportResult:
    return import_records(path, source="mine", licence="CC0-1.0", **options)


def said(reading: ImportResult) -> list[list[str]]:
    return [[message["content"] for message in record.to_conversation()] for record in reading.records]


NESTED = {"instruction": "Do it.", "instances": [{"input": "a", "output": "b"}, {"input": "<noinput>", "output": "c"}]}
ALPACA = {"instruction": "Do it.", "input": "", "output": "Done."}
SHAREGPT = {"id": "x1", "conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello"}]}
OPENAI = {
    "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "Hi"}]},
        {"role": "assistant", "content": "Hello"},
    ]
}


@pytest.mark.parametrize("suffix", [".json", ".jsonl", ".parquet"])
@pytest.mark.parametrize(
    ("item", "shape", "contents"),
    [
        (NESTED, "iio", [["Do it.\n\na", "b"], ["Do it.", "c"]]),
        (ALPACA, "iio", [["Do it.", "Done."]]),
        (SHAREGPT, "turn", [["Hi", "Hello"]]),
    ],
)
def test_every_shape_in_every_format(tmp_path: Path, suffix: str, item: Any, shape: str, contents: Any) -> None:
    reading = read(write(tmp_path / f"data{suffix}", [item] * 3))
    assert said(reading) == contents * 3
    assert {record.shape for record in reading.records} == {shape}
    assert reading.rejected == {}
    assert len({record.id for record in reading.records}) == len(reading.records)
    assert {record.licence for record in reading.records} == {"CC0-1.0"}


def test_openai_messages_keep_the_system_prompt(tmp_path: Path) -> None:
    assert said(read(write(tmp_path / "a.jsonl", [OPENAI]))) == [["Be brief.", "Hi", "Hello"]]


@pytest.mark.parametrize(
    "conversation",
    [
        [{"user": "Hi"}, {"assistant": "Hello"}],
        [{"user": "Hi", "assistant": "Hello"}],
        [{"assistant": "Hello", "user": "Hi"}],
        [{"user": "Hi"}, {"bot": "Hello"}],
        [{"User": "Hi", "assistant": None}, {"user": None, "Assistant": "Hello"}],
    ],
)
def test_user_and_assistant_objects_in_all_variants(tmp_path: Path, conversation: Any) -> None:
    for item in (conversation, {"conversation": conversation}):
        assert said(read(write(tmp_path / "a.json", [item]))) == [["Hi", "Hello"]]


@pytest.mark.parametrize(
    ("turns", "contents", "rule"),
    [
        ([("user", "a"), ("bot", "b"), ("user", "c")], ["a", "b"], rules.TRAILING_QUESTION_DROPPED),
        ([("user", "a"), ("user", "b"), ("bot", "c")], ["a\n\nb", "c"], rules.ROLES_JOINED),
        ([("bot", "hello"), ("user", "a"), ("bot", "b")], ["a", "b"], rules.LEADING_ANSWER_DROPPED),
        ([("user", "a"), ("bot", " "), ("bot", "b")], ["a", "b"], rules.EMPTY_DROPPED),
    ],
)
def test_each_repair_is_counted_with_its_place(tmp_path: Path, turns: Any, contents: list[str], rule: str) -> None:
    sound = [{"user": "x"}, {"assistant": "y"}]
    reading = read(write(tmp_path / "a.jsonl", [sound, [{role: text} for role, text in turns]]))
    assert said(reading) == [["x", "y"], contents]
    assert reading.repaired == {rule: ["a.jsonl:2"]}


@pytest.mark.parametrize(
    ("turns", "reason"),
    [
        ([("user", "a")], "no question with an answer"),
        ([], "no question with an answer"),
        ([("user", ""), ("bot", "")], "no question with an answer"),
        ([("user", "a"), ("system", "b"), ("bot", "c")], "system message after the first place"),
    ],
)
def test_each_rejection_is_counted_with_its_place(tmp_path: Path, turns: Any, reason: str) -> None:
    reading = read(write(tmp_path / "a.jsonl", [[{role: text} for role, text in turns]]))
    assert reading.records == []
    assert reading.rejected == {reason: ["a.jsonl:1"]}


def test_nothing_is_lost_among_instances(tmp_path: Path) -> None:
    item = {
        "instruction": "Do it.",
        "instances": [{"input": "", "output": ""}, {"output": "b"}, NESTED["instances"][1]],
    }
    reading = read(write(tmp_path / "a.jsonl", [item, {"instruction": " ", "output": "x"}]))
    assert [record.output for record in reading.records] == ["b", "c"]
    assert reading.rejected == {"empty output": ["a.jsonl:1#1"], "empty instruction": ["a.jsonl:2"]}
    assert reading.repaired == {NO_INPUT_REPAIR: ["a.jsonl:1#3"]}
    assert {record.upstream_id for record in reading.records} == {"a.jsonl:1"}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{broken", "not valid JSON"),
        ('{"instruction": 3, "output": "x"}', "'instruction' must be text"),
        ('{"question": "x"}', "no known shape; its fields are 'question'"),
        ("17", "expected an object or a list"),
        ('[{"speaker": "x"}]', "no speaker"),
    ],
)
def test_one_bad_line_in_ten_thousand_is_named(tmp_path: Path, line: str, reason: str) -> None:
    lines = [json.dumps(ALPACA)] * 10_000
    lines[6_541] = line
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(UserError) as caught:
        read(path)
    assert f"{path}, line 6542: " in str(caught.value)
    assert reason in str(caught.value)
    lenient = read(path, skip_bad=True)
    assert len(lenient.records) == 9_999
    assert [place.split(": ")[0] for place in lenient.rejected["bad item"]] == ["a.jsonl:6542"]


def test_a_bad_item_of_a_json_array_is_named_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('[\n {"instruction": "a", "output": "b"},\n\n {"instruction": "a"}\n]', encoding="utf-8")
    with pytest.raises(UserError, match="line 4: field 'output' is missing"):
        read(path)
    path.write_text('[\n {"instruction": "a", "output": "b"}\n {"instruction": "a"}\n]', encoding="utf-8")
    with pytest.raises(UserError, match="line 3: expected a comma"):
        read(path)


def test_items_on_one_line_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps([ALPACA, ALPACA, {"instruction": "a", "output": ""}]), encoding="utf-8")
    reading = read(path)
    assert [record.upstream_id for record in reading.records] == ["a.json:1", "a.json:2"]
    assert reading.rejected == {"empty output": ["a.json:3"]}


def test_files_that_are_no_data_are_refused(tmp_path: Path) -> None:
    for name, content, reason in (
        ("a.txt", "x", r"use \.json, \.jsonl, \.ndjson, \.csv"),
        ("a.json", '{"a": 1}\n{"b": 2}', "line 1: no known shape; its fields are 'a'"),
        ("a.json", '{"a": 1}', "without a list"),
        ("a.json", "[] []", "something follows the end of the array"),
        ("a.parquet", "x", "not a readable Parquet file"),
    ):
        (tmp_path / name).write_text(content, encoding="utf-8")
        with pytest.raises(UserError, match=reason):
            read(tmp_path / name)
    with pytest.raises(UserError, match="no such file"):
        read(tmp_path / "none.json")
    for name in ("a.json", "a.jsonl"):
        (tmp_path / name).write_bytes(b'["caf\xe9"]')
        with pytest.raises(UserError, match="not UTF-8 text"):
            read(tmp_path / name)
