"""Each exam: its file as it is published, rows that are no item, what is asked, and the marks of answers."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from hackmentor.exams.item import ExamItem, Mark
from hackmentor.exams.marked_answers import mark_constant
from hackmentor.exams.task import ExamTask
from hackmentor.exams.tasks import FAMILIES, TASKS, find_exams
from hackmentor.runtime.errors import UserError
from tests.exams import made_files as made


def read(spec: str) -> tuple[ExamTask, tuple[ExamItem, ...]]:
    (found,) = find_exams(spec, "exam")
    return found.task, found.task.read(found.path).items


def mark(spec: str, *answers: str, truncated: bool = False) -> list[Mark]:
    task, items = read(spec)
    return [task.mark(item, answer, truncated=truncated) for item, answer in zip(items, answers, strict=False)]


def outcomes(marks: list[Mark]) -> list[str]:
    return [mark.outcome for mark in marks]


def test_names_are_unique_and_begin_with_their_family() -> None:
    assert all(
        task.name == family or task.name.startswith(f"{family}-") for family, ts in FAMILIES.items() for task in ts
    )
    assert len(TASKS) == sum(map(len, FAMILIES.values()))


class TestCtibench:
    @pytest.fixture(scope="class")
    def folder(self, tmp_path_factory: pytest.TempPathFactory) -> Path:
        return made.make_ctibench(tmp_path_factory.mktemp("cti-bench"))

    def test_a_clone_has_them_all(self, folder: Path) -> None:
        names = [found.task.name for found in find_exams(f"ctibench:{folder}", "exam")]
        assert names == [task.name for task in FAMILIES["ctibench"]]

    def test_mcq(self, folder: Path) -> None:
        (found,) = find_exams(f"ctibench-mcq:{folder}", "exam")
        exam = found.task.read(found.path)
        assert [item.key for item in exam.items] == list("BBBCABB")
        assert (exam.rows, [item.row for item in exam.items]) == (8, [1, 2, 3, 4, 5, 7, 8])
        assert exam.tally.left_out == {"with the key X, which is no option": ["line 7"]}
        assert exam.tally.repaired == {"key 'b' read as 'B'": ["line 4"]}
        item = exam.items[0]
        assert item.entries == ("T1001.001",)
        assert [message["role"] for message in item.messages] == ["system", "user"]
        assert item.prompt == "Choose. What opens thing 1? The last line is the letter. "
        marks = [found.task.mark(item, answer) for answer in ("B", "D", "E", "A and B")]
        assert outcomes(marks) == ["correct", "wrong", "unparsed", "unparsed"]
        constant = mark_constant(found.task, exam.items)
        assert (constant.model, round(constant.figures["right %"], 1)) == ("always B (5 of 7)", 71.4)
        assert found.task.compute_chance(exam.items) == 0.25

    def test_an_answer_cut_at_its_limit_is_not_read(self, folder: Path) -> None:
        (cut,) = mark(f"ctibench-mcq:{folder}", "It isn't B", truncated=True)
        assert (cut.outcome, cut.score) == ("truncated", 0.0)

    def test_thoughts_are_not_read(self, folder: Path) -> None:
        marks = mark(f"ctibench-rcm:{folder}", "<think>CWE-89?</think>It is CWE-79.", "<think>CWE-79, or", "CWE-89")
        assert outcomes(marks) == ["correct", "unparsed", "correct"]

    def test_the_last_weakness_counts(self, folder: Path) -> None:
        marks = mark(f"ctibench-rcm:{folder}", "Not CWE-89 but\ncwe\u201179", "CWE-79, CWE-80", "Error")
        assert [(m.outcome, m.answer) for m in marks] == [("correct", "CWE-79"), ("wrong", "CWE-80"), ("unparsed", "")]
        _, items = read(f"ctibench-rcm-2021:{folder}")
        assert [item.key for item in items] == ["CWE-20", "CWE-22"]

    def test_vectors_are_compared_by_score(self, folder: Path) -> None:
        pytest.importorskip("cvss")
        spec = f"ctibench-vsp:{folder}"
        marks = mark(spec, made.HIGH, f"**CVSS:3.1/{made.HIGH}**", "AV:Q/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H")
        assert outcomes(marks) == ["wrong", "correct", "unparsed"]
        assert [round(m.score, 1) for m in marks] == [8.0, 0.0, 10.0]
        task, _ = read(spec)
        figures = task.summarise(marks)
        assert figures["MAD, unparsed skipped"] == pytest.approx(4.0)
        assert figures["MAD, unparsed as 10"] == pytest.approx(6.0)
        assert figures["1 - MAD/10, unparsed as 10"] == pytest.approx(0.4)
        assert figures["1 - MAD/7.7, unparsed skipped"] == pytest.approx(1 - 4 / 7.7)

    def test_techniques_are_marked_by_f1(self, folder: Path) -> None:
        marks = mark(f"ctibench-ate:{folder}", "T1009 was considered.\nT1001.004, T1003", "none")
        assert [(m.outcome, m.score) for m in marks] == [("wrong", 0.5), ("unparsed", 0.0)]
        task, _ = read(f"ctibench-ate:{folder}")
        assert task.summarise(marks) == {"mean F1 %": 25.0, "micro F1 %": 40.0}

    def test_actors_are_marked_by_aliases(self, folder: Path) -> None:
        marks = mark(f"ctibench-taa:{folder}", *made.TAA_ANSWERS)
        assert outcomes(marks) == ["correct", "wrong", "wrong"]
        task, _ = read(f"ctibench-taa:{folder}")
        figures = task.summarise(marks)
        # Blue Eel is connected to Red Fox by a missing name alone.
        assert [round(value) for value in figures.values()] == [33, 100, 67]

    @pytest.mark.parametrize(
        ("text", "name"),
        [
            ("Night Bird", "Night Bird"), ("**Night Bird**.", "Night Bird"), ("X", ""), ("", ""), ("Error", ""),
            ("The incident\ncan be attributed to **Fox Team**, not to Grey Owl.", "Fox Team"),
            ("It reminds of Red Fox, but much\nspeaks against it.\nAnswer: Grey Owl", "Grey Owl"),
            ("This is the work\nof **Pink Cat**, I think.", "Pink Cat"), ("No idea who\nthat might be.", ""),
        ],
    )  # fmt: skip
    def test_the_actor_of_an_answer(self, text: str, name: str, folder: Path) -> None:
        task, _ = read(f"ctibench-taa:{folder}")
        assert task.find_actor(text) == name  # type: ignore[attr-defined]

    def test_without_keys_there_is_no_taa(self, folder: Path, tmp_path: Path) -> None:
        alone = tmp_path / "cti-taa.tsv"
        alone.write_bytes((folder / "data" / "cti-taa.tsv").read_bytes())
        with pytest.raises(UserError, match=r"needs cti-taa-responses\.tsv too"):
            read(f"ctibench-taa:{alone}")


def test_cybermetric(tmp_path: Path) -> None:
    file = tmp_path / "CyberMetric-80-v1.json"
    file.write_text(json.dumps(made.CYBERMETRIC), encoding="utf-8")
    spec = f"cybermetric:{file}"
    assert outcomes(mark(spec, "ANSWER: A", "ANSWER: A", "no", "I'd rather not")) == [
        "correct",
        "wrong",
        "wrong",
        "unparsed",
    ]
    _, items = read(spec)
    assert "Options: A) yes, B) no, C) often, D) never" in items[0].prompt


@pytest.mark.parametrize("form", ["{}", "problem_data = {};"])
def test_seceval(form: str, tmp_path: Path) -> None:
    file = tmp_path / "questions.js"
    file.write_text(form.format(json.dumps(made.SECEVAL)), encoding="utf-8")
    (found,) = find_exams(f"seceval:{file}", "exam")
    exam = found.task.read(file)
    assert [item.key for item in exam.items] == ["AC", "B", "A", "ABC"]
    assert exam.items[0].options == ("locks", "keys", "doors", "hope")
    assert dict(exam.tally.left_out) == {"without answer": ["item 4"]}
    assert list(exam.tally.repaired) == ["key 'AA' read as 'A'", "key 'BCA' read as 'ABC'"]
    marks = [found.task.mark(i, a) for i, a in zip(exam.items, ["Answer: AC", "AB", "A", "A, B and C"], strict=True)]
    assert outcomes(marks) == ["correct", "wrong", "correct", "correct"]


def test_secbench_has_two_languages(tmp_path: Path) -> None:
    file = made.write_jsonl(tmp_path / "MCQs_2730.jsonl", made.SECBENCH)
    english, chinese = find_exams(f"secbench:{file}", "exam")
    exam = english.task.read(file)
    assert [item.key for item in exam.items] == ["A", "ABE"]
    assert dict(exam.tally.left_out) == {"with a key that is no option": ["line 4"]}
    assert [item.question for item in chinese.task.read(file).items] == ["哪个能开门？"]


class TestSecure:
    def test_choices_and_statements(self, tmp_path: Path) -> None:
        folder = made.make_secure(tmp_path)
        assert outcomes(mark(f"secure-maet:{folder}", "B", "X", "no idea")) == ["correct", "wrong", "unparsed"]
        assert outcomes(mark(f"secure-kcv:{folder}", "T", "The answer is: False.")) == ["correct", "correct"]
        assert outcomes(mark(f"secure-kcv:{folder}", "It is hard to say", "true")) == ["unparsed", "wrong"]
        assert outcomes(mark(f"secure-vood:{folder}", "X", "T")) == ["correct", "wrong"]
        (found,) = find_exams(f"secure-vood:{folder}", "exam")
        assert mark_constant(found.task, found.task.read(found.path).items).figures == {"right %": 100.0}

    def test_numbers(self, tmp_path: Path) -> None:
        spec = f"secure-cpst:{made.make_secure(tmp_path)}"
        assert [m.score for m in mark(spec, "The score is 9.8.", "2")] == [0.0, 0.2]
        assert [m.score for m in mark(spec, "CVSS 3.1 gives 10.0", "high")] == [0.2, 10.0]


def test_athena(tmp_path: Path) -> None:
    folder = made.make_athena(tmp_path)
    expected = {
        "athena-mcq": ("Because.\nAnswer: E", "Answer: A"),
        "athena-rcm": ("CWE-89 is near.\n**Answer:** CWE-79", "Answer: CWE-89"),
        "athena-ate": ("Answer: T1001", "T1002"),
        "athena-rms": ("M1005?\nAnswer: M1002, M1001", "Answer: M1003"),
        "athena-taa": ("Reasons.\nAnswer: grey owl", "Answer: Red Fox"),
        "athena-vsp": (f"Answer: CVSS:3.1/{made.HIGH}", f"Answer: CVSS:3.1/{made.LOW}"),
    }
    for name, answers in expected.items():
        if name == "athena-vsp":
            pytest.importorskip("cvss")
        found = [mark(f"{name}:{folder}", answer)[0].outcome for answer in answers]
        assert found == ["correct", "wrong"], name


OWN_CSV = """id,Question,A,B,C,answer,category,entries
q1,Which opens?,key,wall,,a,doors,"CWE-79, T1001"
q2,Which closes?,key,lock,bolt,C,doors,
q3,Which is blank?,key,,bolt,A,doors,
q4,Which has none?,key,lock,bolt,,doors,
q5,Which has two?,key,lock,bolt,AB,doors,
q6,Which is beyond?,key,lock,,C,doors,
q2b,Which closes?,key,lock,bolt,C,doors,
"""


def test_own_questions(tmp_path: Path) -> None:
    file = tmp_path / "mine.csv"
    file.write_text(OWN_CSV, encoding="utf-8")
    (found,) = find_exams(f"mcq:{file}", "exam")
    exam = found.task.read(file)
    assert [(item.id, item.key, len(item.options)) for item in exam.items] == [
        ("q1", "A", 2),
        ("q2", "C", 3),
        ("q2b", "C", 3),
    ]
    assert exam.items[0].entries == ("CWE-79", "T1001")
    assert exam.items[0].prompt.splitlines()[:3] == ["Which opens?", "A. key", "B. wall"]
    assert sorted(exam.tally.left_out) == [
        "with a key that is no option", "with an empty option", "with several letters as the key", "without answer",
    ]  # fmt: skip
    assert exam.tally.kept == {"repeats an earlier row": ["row 7 repeats 2"]}
    assert exam.identity.release is None


def test_own_questions_as_json_lines(tmp_path: Path) -> None:
    rows = [{"question": "Which opens?", "options": ["key", "wall"], "answer": "A"}]
    _, items = read(f"mcq:{made.write_jsonl(tmp_path / 'mine.jsonl', rows)}")
    assert items[0].options == ("key", "wall")


REFUSALS = {
    "misspelt": ("ctibnch:x", "did you mean ctibench:PATH?"),
    "no path": ("ctibench", "write NAME:PATH"),
    "no folder": ("ctibench:nowhere", "no such file or folder; docs/exams.md"),
    "nothing in it": ("ctibench:.", "it looks for data/cti-ate.tsv"),
    "a folder of one's own": ("mcq:.", "a file, not a folder"),
}


@pytest.mark.parametrize(("spec", "said"), REFUSALS.values(), ids=REFUSALS)
def test_what_is_no_exam_is_refused(spec: str, said: str, workplace: Path) -> None:
    with pytest.raises(UserError, match="evaluate") as refused:
        find_exams(spec, "evaluate.exams")
    assert said in str(refused.value)


def test_without_torch() -> None:
    code = "import sys, hackmentor.exams.tasks, hackmentor.mark.__main__; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
