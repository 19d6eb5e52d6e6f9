"""`hackmentor mark`, as it is typed, over answers in the forms that programs write."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from hackmentor.cli import main
from tests.exams import made_files as made
from tests.test_cli import WITHOUT_TORCH


@pytest.fixture
def folder(workplace: Path) -> Path:
    return made.make_ctibench(workplace / "cti-bench")


def mark(exam: str, responses: Path | str) -> dict[str, Any]:
    assert main(["mark", f"exam={exam}", f"responses={responses}", "output=marks.json"]) == 0
    content: dict[str, Any] = json.loads(Path("marks.json").read_text())
    return content


def outcomes(marks: Mapping[str, Any], model: str = "answers") -> list[str]:
    return [each["outcome"] for each in marks["models"][model]["marks"]]


def test_a_column_for_each_model(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keys = "BBbCAXBB"
    rows = [{"GT": key, "one": "B", "two (v2)": answer} for key, answer in zip(keys, "BBCXABBA", strict=True)]
    made.write_tsv(folder / "cti-mcq-responses.tsv", rows)
    marks = mark("ctibench:cti-bench", folder / "cti-mcq-responses.tsv")
    assert marks["exam"] == "ctibench-mcq"
    assert marks["models"]["one"]["outcomes"] == {"correct": 5, "wrong": 2, "unparsed": 0, "truncated": 0}
    assert outcomes(marks, "two (v2)") == ["correct", "correct", "wrong", "unparsed", "correct", "correct", "wrong"]
    assert marks["constant"]["label"] == "always B (5 of 7)"
    assert (marks["chance"], marks["published"], marks["release"]) == (0.25, [], None)
    said = capsys.readouterr().out.replace("\n", " ")
    for expected in SAID:
        assert expected in said, expected


SAID = (
    "CTI-MCQ: 7 items", "always B", "by chance", "no release that is known", "items found by order", "rows repaired: 1",
    "rows left out: 1", "answers to rows that are left out: 2",
)  # fmt: skip
ANSWERS = ("CWE-79", "?", "CWE-89")
KEYS = ("CWE-79", "CWE-79", "CWE-89")
LONG: dict[str, Sequence[object]] = {
    "ids": [{"id": i, "response": text} for i, text in ((3, "CWE-89"), (1, "CWE-79"), (2, "none"))],
    "prompts": [{"prompt": f"What is wrong in program {i}?", "output": ANSWERS[i]} for i in (2, 0, 1)],
    "order": [{"prediction": text} for text in ANSWERS],
    "order, with keys": [{"response": text, "answer": key} for text, key in zip(ANSWERS, KEYS, strict=True)],
    "texts": ["CWE-79", "I can't", "CWE-89"],
    "the harness": [{"doc_id": i, "resps": [[ANSWERS[i]]], "target": KEYS[i]} for i in range(3)],
    "our own": [{"question_id": f"ctibench-rcm/{i + 1}", "text": ANSWERS[i], "stop": "end"} for i in range(3)],
}


@pytest.mark.parametrize("rows", LONG.values(), ids=LONG)
def test_a_row_for_each_answer(rows: Sequence[object], folder: Path) -> None:
    found = mark("ctibench-rcm:cti-bench", made.write_jsonl(folder / "a.jsonl", rows))
    (answers,) = found["models"].values()
    assert {each["id"]: each["outcome"] for each in answers["marks"]} == {
        "1": "correct",
        "2": "unparsed",
        "3": "correct",
    }


def test_an_answer_that_was_cut(folder: Path) -> None:
    rows = [{"id": 1, "response": "CWE-79 or", "finish_reason": "length"}, {"id": 2, "response": "CWE-79"}]
    found = mark("ctibench-rcm:cti-bench", made.write_jsonl(folder / "a.jsonl", rows))
    assert outcomes(found) == ["truncated", "correct"]


def test_several_answers_to_an_item(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        {"id": i, "response": t, "model": "m"} for i, t in ((1, "CWE-79"), (1, "CWE-1"), (2, "CWE-79"), (2, "CWE-79"))
    ]
    found = mark("ctibench-rcm:cti-bench", made.write_jsonl(folder / "a.jsonl", rows))["models"]["m"]
    assert (found["items"], found["answers"], found["mean_score"]["value"]) == (2, 4, 0.75)
    said = capsys.readouterr().out
    assert "m: 2 answers to an item" in said
    assert "m: 1 of 3 items have no answer and don't count" in said


def test_keys_in_another_form_are_the_same_keys(folder: Path) -> None:
    made.make_athena(folder)
    rows = [{"prompt": "What? End with Answer:", "response": "Answer: T1001", "answer": "T1001.002"}]
    assert outcomes(mark("athena-ate:cti-bench", made.write_jsonl(folder / "a.jsonl", rows))) == ["correct"]
    numbered = [{"doc_id": 0, "resps": ["B"], "target": 1}, {"id": 2, "response": "A", "target": "b"}]
    assert outcomes(mark("ctibench-mcq:cti-bench", made.write_jsonl(folder / "b.jsonl", numbered))) == [
        "correct",
        "wrong",
    ]


def test_it_does_without_torch(folder: Path) -> None:
    made.write_jsonl(folder / "a.jsonl", [{"id": 1, "response": "CWE-79"}])
    words = ["mark", "exam=ctibench-rcm:cti-bench", "responses=cti-bench/a.jsonl", "output=m.json"]
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH, *words], cwd=folder.parent, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


RCM = "ctibench-rcm:cti-bench"
REFUSALS: dict[str, tuple[str, Sequence[object], str]] = {
    "an unknown id": (RCM, [{"id": "z9", "response": "x"}], "line 1 has the id 'z9', which no item has"),
    "too few": (RCM, [{"response": "x"}], "1 answers for the 3 rows"),
    "other keys": (RCM, [{"GT": "CWE-1", "m": "x"}] * 3, "its key is 'CWE-1', but that of item 1 is 'CWE-79'"),
    "another number": ("ctibench-mcq:cti-bench", [{"doc_id": 0, "resps": ["B"], "target": 2}], "its key is '2'"),
    "no answer": (RCM, [{"id": 1}], "no answer in it"),
    "nothing": (RCM, [], "a.jsonl"),
    "several exams": ("ctibench:cti-bench", ["x"], "name one: exam=ctibench-mcq:cti-bench"),
    "a number": (RCM, [1, 2, 3], "line 1: expected an object or a text"),
}


@pytest.mark.parametrize(("exam", "rows", "said"), REFUSALS.values(), ids=REFUSALS)
def test_what_is_refused(
    exam: str, rows: Sequence[object], said: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = made.write_jsonl(folder / "a.jsonl", rows)
    assert main(["mark", f"exam={exam}", f"responses={file}", "output=m.json"]) == 2
    assert said in capsys.readouterr().err
    assert not Path("m.json").exists()


@pytest.mark.parametrize("output", ["cti-bench/a.json", "folder.json", "cti-bench/a.json/m.json"])
def test_where_marks_are_not_written(output: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "a.json").write_text('["CWE-79", "CWE-79", "CWE-89"]')
    Path("folder.json").mkdir()
    words = ["exam=ctibench-rcm:cti-bench", "responses=cti-bench/a.json", f"output={output}"]
    assert main(["mark", *words]) == 2
    assert f"output={output}" in capsys.readouterr().err
