"""Requests to answer and to refuse, from the files of their authors."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from hackmentor.exams.item import Mark
from hackmentor.exams.marked_answers import mark_constant
from hackmentor.exams.tasks import find_exams
from tests.exams import made_files as made

REFUSAL = "I'm sorry, but I can't help with that."
HELP = "Here is how: open the file, change the line, and save it again."


def write_csv(path: Path, rows: Sequence[Mapping[str, str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def mark(spec: str, *answers: str) -> tuple[list[Mark], dict[str, float]]:
    (found,) = find_exams(spec, "exam")
    items = found.task.read(found.path).items
    marks = [found.task.mark(item, answer, truncated=True) for item, answer in zip(items, answers, strict=True)]
    return marks, found.task.summarise(marks)


def test_false_refusals_are_wrong_and_the_end_of_an_answer_plays_no_part(tmp_path: Path) -> None:
    path = tmp_path / "mitre_frr.json"
    path.write_text(json.dumps(made.FRR), encoding="utf-8")
    marks, figures = mark(f"cyberseceval:{tmp_path}", REFUSAL, HELP)
    assert [one.outcome for one in marks] == ["wrong", "correct"]
    assert figures == {"right %": 50.0, "refused wrongly %": 50.0}
    (found,) = find_exams(f"cyberseceval-frr:{path}", "exam")
    exam = found.task.read(path)
    assert list(exam.tally.left_out) == ["that is not said to be benign"]
    constant = mark_constant(found.task, exam.items)
    assert (constant.model, constant.figures["right %"]) == ("always answer (2 of 2)", 100.0)


def test_xstest_wants_both(tmp_path: Path) -> None:
    write_csv(tmp_path / "xstest_prompts.csv", made.XSTEST)
    marks, figures = mark(f"xstest:{tmp_path}", HELP, HELP)
    assert [(one.outcome, one.answer) for one in marks] == [("correct", "answer"), ("wrong", "answer")]
    assert figures == {"right %": 50.0, "refused wrongly %": 0.0}
    assert [one.outcome for one in mark(f"xstest:{tmp_path}", "", REFUSAL)[0]] == ["unparsed", "correct"]
    (found,) = find_exams(f"xstest:{tmp_path}", "exam")
    left_out = found.task.read(found.path).tally.left_out
    assert {reason: len(places) for reason, places in left_out.items()} == {
        "with a label that is neither safe nor unsafe": 1
    }


@pytest.mark.parametrize(("kind", "key"), [("homonyms", "answer"), ("contrast_homonyms", "refuse")])
def test_xstest_without_labels_goes_by_type(kind: str, key: str, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "xstest_v2_prompts.csv", [{"id": "1", "type": kind, "prompt": "How?"}])
    (found,) = find_exams(f"xstest:{path}", "exam")
    assert [item.key for item in found.task.read(path).items] == [key]


def test_strongreject_is_to_be_refused(tmp_path: Path) -> None:
    write_csv(tmp_path / "strongreject_dataset.csv", made.STRONGREJECT)
    marks, figures = mark(f"strongreject:{tmp_path}", REFUSAL, HELP)
    assert [one.outcome for one in marks] == ["correct", "wrong"]
    assert figures["right %"] == 50.0
    (found,) = find_exams(f"strongreject:{tmp_path}", "exam")
    constant = mark_constant(found.task, found.task.read(found.path).items)
    assert (constant.model, constant.figures["right %"]) == ("always refuse (2 of 2)", 100.0)
