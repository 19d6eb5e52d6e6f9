import json
from pathlib import Path
from typing import Any

import pytest

from hackmentor.records.record import Record, format_json_line, read_records, write_records
from hackmentor.runtime.errors import UserError

ORIGIN = {
    "source": "cwe",
    "upstream_id": "CWE-79",
    "upstream_version": "4.14",
    "licence": "terms",
    "made_by": "template:cwe.explain",
    "task": "cwe.explain",
}


def turn(*roles: str) -> Record:
    messages = tuple({"role": role, "content": f"text {number}"} for number, role in enumerate(roles))
    return Record(id="t", shape="turn", **ORIGIN, messages=messages)  # type: ignore[arg-type]


def test_records_survive_a_file(tmp_path: Path, iio: Any) -> None:
    records = [iio(1), iio(2, input="Some input"), turn("system", "user", "assistant")]
    digest = write_records(tmp_path / "a.jsonl", records)
    assert read_records(tmp_path / "a.jsonl") == records
    assert digest == write_records(tmp_path / "b.jsonl", records)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_line_holds_the_fields_of_its_shape_only(iio: Any) -> None:
    assert "messages" not in json.loads(format_json_line(iio()))
    assert {"instruction", "input", "output"}.isdisjoint(json.loads(format_json_line(turn("user", "assistant"))))


def test_conversation_puts_the_input_under_the_instruction(iio: Any) -> None:
    question, answer = iio(input="The input").to_conversation()
    assert question == {"role": "user", "content": "Question 0?\n\nThe input"}
    assert answer["role"] == "assistant"
    assert iio().to_conversation()[0]["content"] == "Question 0?"


def test_sha256_follows_content_and_nothing_else(iio: Any) -> None:
    assert iio(1).sha256 != iio(2).sha256
    assert iio(1).sha256 == iio(1, id="other", task="other", licence="other").sha256


@pytest.mark.parametrize(
    "roles", [(), ("user",), ("assistant", "user"), ("user", "user"), ("user", "assistant", "user")]
)
def test_a_dialogue_out_of_order_is_no_record(roles: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="record 't'"):
        turn(*roles)


def test_an_empty_answer_is_no_record(iio: Any) -> None:
    with pytest.raises(ValueError, match="empty output"):
        iio(output=" \n")


def bad_line(record: Record, kind: str) -> str:
    line = json.loads(format_json_line(record))
    if kind == "missing":
        del line["licence"]
    elif kind == "type":
        line["output"] = 3
    elif kind == "shape":
        line["shape"] = "other"
    elif kind == "changed":
        line["output"] = "Tampered."
    return "{not json" if kind == "json" else json.dumps(line)


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("json", "not valid JSON"),
        ("missing", "'licence' is missing"),
        ("type", "'output' must be text"),
        ("shape", "iio or turn"),
        ("changed", "sha256"),
    ],
)
def test_one_bad_line_in_ten_thousand_is_named(tmp_path: Path, kind: str, reason: str, iio: Any) -> None:
    lines = [format_json_line(iio(number)) for number in range(10_000)]
    lines[7_318] = bad_line(iio(5), kind)
    path = tmp_path / "data.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(UserError) as caught:
        read_records(path)
    assert f"{path}, line 7319: " in str(caught.value)
    assert reason in str(caught.value)


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, iio: Any) -> None:
    path = tmp_path / "a.jsonl"
    write_records(path, [iio(1)])
    before = path.read_bytes()

    def broken() -> object:
        yield iio(2)
        raise RuntimeError("interrupted")

    with pytest.raises(RuntimeError):
        write_records(path, broken())  # type: ignore[arg-type]
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
