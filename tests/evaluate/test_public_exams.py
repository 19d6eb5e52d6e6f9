"""Published exams on a cell and its base: generated and marked, or by log-likelihood, in verdict and review."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hackmentor.cli import main
from hackmentor.evaluate.public_exams import merge_system_message
from hackmentor.records.record import read_records
from tests.exams import made_files as made

BASE, CELL = "smollm2-135m", "smollm2-135m-lora-iio"


@pytest.fixture
def words(trained: list[str]) -> list[str]:
    """Those of a cell that is trained in the working directory, for short answers."""
    return [*trained, "evaluate.exams_max_new_tokens=6", "tracker=none"]


def read_verdict() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(Path("outputs/adhoc/verdict.json").read_text(encoding="utf-8"))
    return content


def test_generated_and_marked(words: list[str], workplace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("cvss")
    made.make_ctibench(workplace / "cti bench")
    made.make_secure(workplace / "secure")
    exams = "evaluate.exams=['ctibench:cti bench', secure-kcv:secure]"
    assert main(["evaluate", *words, exams]) == 0
    verdict = read_verdict()
    names = [exam["name"] for exam in verdict["exams"]]
    assert names == [f"ctibench-{n}" for n in ("mcq", "rcm", "rcm-2021", "vsp", "ate", "taa")] + ["secure-kcv"]
    mcq, vsp = verdict["exams"][0], verdict["exams"][3]
    assert (mcq["way"], mcq["items"], mcq["chance"]) == ("generated", {"asked": 7, "all": 7}, 0.25)
    assert set(mcq["contestants"]) == {BASE, CELL}
    assert sum(mcq["contestants"][CELL]["outcomes"].values()) == 7
    assert mcq["constant"]["label"] == "always B (5 of 7)"
    measures = {measure["name"]: measure for measure in verdict["measures"]}
    assert measures["ctibench-mcq"]["good"] == "more"
    assert measures["deviation ctibench-vsp"]["good"] == "less"
    assert 0 <= measures["deviation ctibench-vsp"]["values"][CELL] <= 10
    assert (
        vsp["contestants"][CELL]["figures"]["MAD, unparsed as 10"] == measures["deviation ctibench-vsp"]["values"][CELL]
    )
    compared = {finding["measure"] for finding in verdict["findings"]}
    assert {"ctibench-mcq", "deviation ctibench-vsp", "secure-kcv"} <= compared
    said = capsys.readouterr().out
    assert "CTI-MCQ, generated: 7 items" in said
    assert "no release that is known here" in said.replace("\n", " ")
    assert "| always B (5 of 7) |" in Path("outputs/adhoc/verdict.md").read_text(encoding="utf-8")
    assert main(["review", *words]) == 0
    page = Path("outputs/adhoc/review.html").read_text(encoding="utf-8")
    assert "CTI-MCQ, share right, generated" in page
    assert "CTI-MCQ: neither" in page
    # What was generated is marked without a model.
    answers = f"outputs/adhoc/{CELL}/answers.jsonl"
    assert (
        main(["mark", "exam=ctibench-mcq:cti bench", f"responses={only(answers, 'ctibench-mcq')}", "output=m.json"])
        == 0
    )
    marked = json.loads(Path("m.json").read_text(encoding="utf-8"))["models"][CELL]
    assert marked["outcomes"] == mcq["contestants"][CELL]["outcomes"]


def only(path: str, question_set: str) -> str:
    """The answers of one set, in a file of their own."""
    rows = [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines()]
    return str(made.write_jsonl(Path("only.jsonl"), [row for row in rows if row["set"] == question_set]))


@pytest.mark.parametrize("form", ["letters", "cloze"])
def test_by_log_likelihood(form: str, words: list[str], workplace: Path) -> None:
    made.make_ctibench(workplace / "c")
    made.make_athena(workplace / "a")
    words = [*words, "evaluate.exams=[ctibench-mcq:c,athena-mcq:a,ctibench-rcm:c]", f"evaluate.exams_by={form}"]
    assert main(["evaluate", *words]) == 0
    mcq, athena, rcm = read_verdict()["exams"]
    assert [exam["way"] for exam in (mcq, athena, rcm)] == [f"{form} by log-likelihood"] * 2 + ["generated"]
    assert sum(mcq["contestants"][CELL]["outcomes"].values()) == 7
    result = Path(f"outputs/adhoc/{CELL}/exam-ctibench-mcq.json")
    assert len(json.loads(result.read_text())["tasks"][0]["answers"]) == 7
    before = result.stat().st_mtime_ns
    assert main(["evaluate", *words]) == 0
    assert result.stat().st_mtime_ns == before


def test_a_sample_and_a_file_of_ones_own(words: list[str], workplace: Path) -> None:
    rows = [{"question": f"Which {i}?", "options": ["key", "wall"], "answer": "A"} for i in range(9)]
    made.write_jsonl(workplace / "doors.jsonl", rows)
    settings = ["evaluate.exams_items=4", "evaluate.exams_examples=1"]
    settings += ["evaluate.exams_samples=3", "evaluate.exams_temperature=1.5"]
    assert main(["evaluate", *words, "evaluate.exams=[mcq:doors.jsonl]", *settings]) == 0
    (exam,) = read_verdict()["exams"]
    assert (exam["name"], exam["items"]) == ("mcq-doors", {"asked": 4, "all": 9})
    assert exam["way"] == "3 answers each at temperature 1.5, after 1 example"
    assert sum(exam["contestants"][CELL]["outcomes"].values()) == 4 * 3
    (finding,) = (one for one in read_verdict()["findings"] if one["measure"] == "mcq-doors")
    assert finding["items"] == 4
    rows = [json.loads(line) for line in Path(f"outputs/adhoc/{CELL}/answers.jsonl").read_text("utf-8").splitlines()]
    drawn = [row["text"] for row in rows if row["set"] == "mcq-doors"]
    assert len(drawn) == 12
    # Of one item the draws differ, or all of them would be the greedy answer.
    assert len(set(drawn[:3])) > 1


def test_the_verdict_says_what_the_cell_was_trained_on(
    words: list[str], workplace: Path, small_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seen, unseen = (read_records(small_data / "iio" / name) for name in ("train.jsonl", "eval.jsonl"))
    entries = [record.upstream_id for record in (*seen[:3], unseen[0])] + ["", ""]
    rows = [
        {"question": f"Which {i}?", "options": ["key", "wall"], "answer": "A", "entries": entry}
        for i, entry in enumerate(entries)
    ]
    known = seen[0].to_conversation()
    rows += [{"question": known[0]["content"], "options": [known[1]["content"], "wall"], "answer": "A"}]
    made.write_jsonl(workplace / "doors.jsonl", rows)
    assert main(["evaluate", *words, "evaluate.exams=[mcq:doors.jsonl]"]) == 0
    verdict = read_verdict()
    assert {split["part"]: split["items"] for split in verdict["exam_splits"]} == {
        "trained on": 3, "held out": 1, "neither": 3, "like a training record": 1,
    }  # fmt: skip
    (held,) = json.loads(Path("outputs/adhoc/exam-overlaps.json").read_text(encoding="utf-8"))["training_sets"]
    assert (held["cells"], held["entries"]["mcq-doors"]["held out"]) == ([CELL], 1)
    assert (seen[0].id, "copy") in {(overlap["record"], overlap["method"]) for overlap in held["overlaps"]}
    assert f"| {CELL} | own questions | trained on | 3 |" in Path("outputs/adhoc/verdict.md").read_text("utf-8")
    said = " ".join(capsys.readouterr().out.split())
    assert f"what was trained on is unknown of {BASE}" in said


def test_two_of_one_name_are_refused(words: list[str], workplace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made.make_ctibench(workplace / "c")
    assert main(["evaluate", *words, "evaluate.exams=[ctibench-mcq:c,ctibench-mcq:c]"]) == 2
    assert "another set of questions is called ctibench-mcq" in capsys.readouterr().err


def test_a_system_prompt_goes_before_the_first_question() -> None:
    system, user, answer = (
        {"role": role, "content": text} for role, text in (("system", "S"), ("user", "U"), ("assistant", "A"))
    )
    assert merge_system_message((system, user, answer)) == ({"role": "user", "content": "S U"}, answer)  # type: ignore[arg-type]
    assert merge_system_message((user,)) == (user,)  # type: ignore[arg-type]
