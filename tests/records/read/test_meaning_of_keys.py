"""What stands beside question and answer: used, refused by name, or counted; never read over in silence."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from hackmentor.records.read.import_records import import_records
from hackmentor.records.read.import_result import ImportResult
from hackmentor.records.record import format_json_line, parse_record
from hackmentor.runtime.errors import UserError

USER, ANSWER = {"role": "user", "content": "Hi?"}, {"role": "assistant", "content": "Hello."}
TALK = {"messages": [USER, ANSWER]}
ALPACA = {"instruction": "Do it.", "input": "", "output": "Done."}


def read(path: Path, content: str | list[Any]) -> ImportResult:
    lines = content if isinstance(content, str) else "".join(json.dumps(item) + "\n" for item in content)
    path.write_text(lines, encoding="utf-8")
    return import_records(path, source="mine", licence="")


def said(result: ImportResult) -> list[list[tuple[str, str]]]:
    return [[(part["role"], part["content"]) for part in record.to_conversation()] for record in result.records]


def test_system_and_history_stand_before_the_instruction(tmp_path: Path) -> None:
    item = ALPACA | {"system": "Be brief.", "history": [["Who?", "You."]]}
    result = read(tmp_path / "a.jsonl", [item])
    assert said(result) == [
        [("system", "Be brief."), ("user", "Who?"), ("assistant", "You."), ("user", "Do it."), ("assistant", "Done.")]
    ]
    (record,) = result.records
    assert (record.shape, result.unread) == ("iio", {})
    assert parse_record(json.loads(format_json_line(record))) == record


@pytest.mark.parametrize("first", ["system", "developer"])
def test_a_system_message_from_wherever_it_stands(tmp_path: Path, first: str) -> None:
    inside = {"messages": [{"role": first, "content": "Be brief."}, USER, ANSWER]}
    beside = TALK | {"system": "Be brief."}
    expected = [("system", "Be brief."), ("user", "Hi?"), ("assistant", "Hello.")]
    assert said(read(tmp_path / "a.jsonl", [inside, beside])) == [expected] * 2


@pytest.mark.parametrize(
    "mark", [{"weight": 0}, {"train": False}, {"loss_mask": 0}, {"trainable": False}, {"masked": True}, {"weight": 0.0}]
)
def test_an_answer_that_is_not_to_be_learnt_is_context(tmp_path: Path, mark: dict[str, Any]) -> None:
    wrong = {"role": "assistant", "content": "Wrong."} | mark
    (record,) = read(tmp_path / "a.jsonl", [{"messages": [USER, wrong, USER, ANSWER | {"weight": 1}]}]).records
    assert [message.get("weight") for message in record.to_weighted_conversation()] == [None, 0, None, None]
    assert all("weight" not in message for message in record.to_conversation())
    assert parse_record(json.loads(format_json_line(record))) == record
    # At the end it is context for nothing; alone there is nothing to train on.
    result = read(tmp_path / "b.jsonl", [{"messages": [USER, ANSWER, USER, wrong]}, {"messages": [USER, wrong]}])
    assert len(result.records[0].messages) == 2
    assert (list(result.repaired), list(result.rejected)) == (
        ["last answer of weight 0 dropped"],
        ["every answer has weight 0"],
    )


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"tools": '[{"description": "x"}]'}, "a tool on offer has no name"),
        ({"tool_calls": [{"name": "x"}]}, "'tool_calls' can't be used"),
        ({"images": ["a.png"]}, "'images' can't be used"),
        ({"label": False}, "'label' marks the answer as a bad example"),
        ({"weight": 0}, "weight of 0"),
        ({"weight": 0.3}, "'weight' is neither 0 nor 1"),
        ({"chosen": {"role": "assistant", "content": "x"}}, "both an answer and 'chosen'"),
        ({"messages": [USER, ANSWER | {"tool_calls": [{"id": 1}]}]}, "a tool call has no name"),
        ({"messages": [USER | {"tool_calls": [{"id": 1}]}, ANSWER]}, "'tool_calls' in a message can't be used"),
        ({"messages": [USER, ANSWER | {"weight": 0.5}]}, "'weight' is neither 0 nor 1"),
    ],
)
def test_what_changes_the_meaning_takes_the_record_out_by_name(tmp_path: Path, more: Any, reason: str) -> None:
    result = read(tmp_path / "a.jsonl", [TALK, TALK | more])
    assert (len(result.records), result.rejected) == (1, {reason: ["a.jsonl:2"]})


def test_a_call_without_words_is_counted_not_fatal(tmp_path: Path) -> None:
    call = {"role": "assistant", "content": None, "tool_calls": [{"id": "1"}]}
    result = read(tmp_path / "a.jsonl", [TALK, {"messages": [USER, call, ANSWER]}])
    assert result.rejected == {"a tool call has no name": ["a.jsonl:2"]}


@pytest.mark.parametrize(
    "more",
    [
        {"images": []},
        {"weight": 1},
        {"system": ""},
        {"history": []},
        {"tools": "[]"},
        {"label": True},
        {"tools": None},
        {"id": 7, "source": "x", "category": "c", "score": 0.5},
        {"messages": [USER, ANSWER | {"weight": 1, "tool_calls": None}]},
    ],
)
def test_what_says_nothing_is_no_reason(tmp_path: Path, more: Any) -> None:
    result = read(tmp_path / "a.jsonl", [TALK | more])
    assert (said(result), result.rejected, result.unread) == ([[("user", "Hi?"), ("assistant", "Hello.")]], {}, {})


def test_all_other_keys_are_counted_by_name(tmp_path: Path) -> None:
    thought = TALK | {"messages": [USER | {"reasoning_content": "Hm."}, ANSWER], "prefix": "x"}
    result = read(tmp_path / "a.jsonl", [thought, thought, ALPACA | {"text": "### Response: Done."}])
    assert result.unread == {"'reasoning_content' in a message": 2, "'prefix'": 2, "'text'": 1}


@pytest.mark.parametrize(
    ("item", "contents"),
    [
        ({"prompt": "Q?", "completion": "A."}, ["Q?", "A."]),
        ({"question": "Q?", "answer": "A."}, ["Q?", "A."]),
        ({"question": "Q?", "response": "A.", "system_prompt": "S."}, ["S.", "Q?", "A."]),
        ({"instruction": "Q?", "context": "C", "response": "A."}, ["Q?\n\nC", "A."]),
        ({"instruction": "Q?", "input": "", "chosen": "A.", "rejected": "B."}, ["Q?", "A."]),
        ({"prompt": "Q?", "chosen": "A.", "rejected": "B."}, ["Q?", "A."]),
        ({"messages": [USER], "chosen": ANSWER, "rejected": USER}, ["Hi?", "Hello."]),
        ({"prompt": [USER], "completion": [ANSWER]}, ["Hi?", "Hello."]),
        ({"prompt": "Hi?", "chosen": [USER, ANSWER], "rejected": []}, ["Hi?", "Hello."]),
        ({"chosen": "\n\nHuman: Hi?\n\nAssistant: Hello.", "rejected": "x"}, ["Hi?", "Hello."]),
        ({"messages": json.dumps([USER, ANSWER])}, ["Hi?", "Hello."]),
        ({"text": "### Human: Hi?### Assistant: Hello."}, ["Hi?", "Hello."]),
        ({"text": "<|im_start|>user\nHi?<|im_end|>\n<|im_start|>assistant\nHello.<|im_end|>\n"}, ["Hi?", "Hello."]),
        ({"text": "<s>[INST] <<SYS>>\nS.\n<</SYS>>\n\nHi? [/INST] Hello. </s>"}, ["S.", "Hi?", "Hello."]),
        ({"text": "<s>[INST] Hi? [/INST] Hello.</s><s>[INST] B? [/INST] C.</s>"}, ["Hi?", "Hello.", "B?", "C."]),
        (
            {"text": "A chat. USER: Hi? ASSISTANT: Hello.</s>USER: B? ASSISTANT: C.</s>"},
            ["A chat.", "Hi?", "Hello.", "B?", "C."],
        ),
        (
            {"text": "Below it is.\n\n### Instruction:\nQ?\n\n### Input:\nI\n\n### Response:\nA."},
            ["Below it is.", "Q?\n\nI", "A."],
        ),
        (
            {"text": "<start_of_turn>user\nHi?<end_of_turn>\n<start_of_turn>model\nHello.<end_of_turn>"},
            ["Hi?", "Hello."],
        ),
    ],
)
def test_shapes_of_questions_and_answers(tmp_path: Path, item: Any, contents: list[str]) -> None:
    assert [[text for _, text in talk] for talk in said(read(tmp_path / "a.jsonl", [item]))] == [contents]


def test_rendered_marks_out_of_order_are_rejected(tmp_path: Path) -> None:
    result = read(tmp_path / "a.jsonl", [{"text": "### Assistant: a### Human: b### Human: c"}])
    assert result.rejected == {"role marks out of order in a rendered chat": ["a.jsonl:1"]}


ROWS = [ALPACA | {"instruction": f"Do {number}."} for number in range(3)]
CSV = "instruction,input,output\n" + "".join(f"Do {number}.,,Done.\n" for number in range(3))
FORMS = {
    "array.jsonl": json.dumps(ROWS),
    "indented.jsonl": json.dumps(ROWS, indent=1),
    "lines.json": "\n".join(map(json.dumps, ROWS)),
    "a.csv": CSV,
    "semicolons.csv": CSV.replace(",", ";"),
    "a.tsv": CSV.replace(",", "\t"),
    "empty_first.json": json.dumps({"data": [], "examples": ROWS}),
}


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("compressed", [False, True])
def test_the_form_of_the_file_does_not_matter(tmp_path: Path, name: str, compressed: bool) -> None:
    path = tmp_path / (f"{name}.gz" if compressed else name)
    path.write_bytes(gzip.compress(FORMS[name].encode()) if compressed else FORMS[name].encode())
    records = import_records(path, source="mine", licence="").records
    assert [record.instruction for record in records] == ["Do 0.", "Do 1.", "Do 2."]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.jsonl", '{"instruction": "a", "output": "b", "output": "c"}', "line 1: key 'output' is given twice"),
        (
            "a.json",
            '[{"instruction": "a", "output": "b", "output": "c"}]',
            "item 1, line 1: key 'output' is given twice",
        ),
        ("a.json", json.dumps({"train": ROWS, "validation": ROWS}), "rows under both 'train' and 'validation'"),
        ("a.json", json.dumps([*ROWS, ALPACA | {"output": None}]), "item 4, line 1: field 'output' must be text"),
        ("a.csv", "instruction,output,output\na,b,c\n", "line 1: the column 'output' is given twice"),
        ("a.csv", "instruction,output\na,b,c\n", "line 2: 3 cells under 2 columns"),
        ("a.json.gz", "no gzip", "not a whole gzip file"),
        ("a.json", json.dumps({"instruction": {"0": "a"}}), "orient='records'"),
        ("a.json", '{"dataType": "CVE_RECORD", "cveMetadata": {}}', "CVE JSON 5.*can't be read yet"),
        ("a.json", '{"vulnerabilities": [{"cveID": "x", "requiredAction": "y"}]}', "KEV.*can't be read yet"),
        ("a.json", '{"vulnerabilities": [{"cve": {"id": "x"}}]}', "NVD, which can't be read yet"),
        ("a.json", '{"id": "x", "affected": [], "schema_version": "1"}', "OSV advisory, which can't be read yet"),
        ("a.json", '{"Event": {"uuid": "a"}}', "MISP event, which can't be read yet"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(tmp_path: Path, name: str, content: str, reason: str) -> None:
    with pytest.raises(UserError, match=reason):
        read(tmp_path / name, content)
