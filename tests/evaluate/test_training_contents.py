"""What a training set holds of an exam, and the scores split by it; without a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from hackmentor.data.refine.exam_overlaps import ItemOverlap
from hackmentor.evaluate.public_exams import PublicExam
from hackmentor.evaluate.tracking.table_rows import build_split_rows
from hackmentor.evaluate.training_contents import TrainingContents, collect_entries, count_sides
from hackmentor.evaluate.verdict.compare_scores import compare_scores
from hackmentor.evaluate.verdict.exam_splits import OVERLAPPING, ExamSplit, build_splits, describe_contents
from hackmentor.evaluate.verdict.exam_standings import ExamStanding
from hackmentor.evaluate.verdict.exam_tables import describe_exam
from hackmentor.evaluate.verdict.measure import ItemScores
from hackmentor.evaluate.verdict.verdict import build_verdict
from hackmentor.exams.item import ExamItem, Mark
from hackmentor.exams.marked_answers import MarkedAnswers, mark_constant
from hackmentor.exams.tasks import find_exams
from hackmentor.records.record import Record
from tests.conftest import MakeRecord
from tests.exams import made_files as made

CELL, BASE = "cell", "base"


@pytest.fixture
def exam(tmp_path: Path) -> PublicExam:
    """Nine questions: three about an entry that is trained on, two about one held out, four about others."""
    entries = ["T1001"] * 3 + ["T1002.001", "CWE-79"] + ["T1001.001", "CAPEC-1", "", "T1003"]
    rows = [
        {"question": f"Which {number}?", "A": "key", "B": "wall", "answer": "A", "entries": entry, "source": entry}
        for number, entry in enumerate(entries)
    ]
    (found,) = find_exams(f"mcq:{made.write_tsv(tmp_path / 'own.tsv', rows)}", "exam")
    file = found.task.read(found.path)
    return PublicExam("mcq-own", found.task, file, file.items, None)


def make_contents(exam: PublicExam, train: Sequence[Record], held_out: Sequence[Record]) -> TrainingContents:
    entries = collect_entries(train, held_out)
    sides = {exam.name: {item.id: entries.find_side(item) for item in exam.items}}
    return TrainingContents("iio", (CELL,), entries, None if entries.is_unknown else sides)


def make_standing(exam: PublicExam, right: dict[str, set[int]]) -> ExamStanding:
    marked = [
        MarkedAnswers(name, exam.items, marks := mark(exam, numbers), exam.task.summarise(marks))
        for name, numbers in right.items()
    ]
    return ExamStanding(exam, marked, mark_constant(exam.task, exam.items), 0.5, ())


def mark(exam: PublicExam, right: set[int]) -> tuple[Mark, ...]:
    return tuple(exam.task.mark(item, "A" if n in right else "B") for n, item in enumerate(exam.items))


def test_an_item_is_about_an_entry_that_is_trained_on_held_out_or_neither(exam: PublicExam, iio: MakeRecord) -> None:
    train = [iio(number, upstream_id=entry) for number, entry in enumerate(["T1001", "T1001", "T1500"])]
    contents = make_contents(exam, train, [iio(9, upstream_id="CWE-79"), iio(10, upstream_id="T1002.001")])
    assert contents.sides is not None
    assert count_sides(contents.sides["mcq-own"]) == {"trained on": 3, "held out": 2, "neither": 4}
    standing = make_standing(exam, {BASE: {0, 5}, CELL: {0, 1, 2, 5}})
    splits = list(build_splits([standing], [contents], {CELL: BASE}, seed=0))
    assert [(one.part, one.items, round(one.base_value, 2), round(one.value, 2)) for one in splits] == [
        ("trained on", 3, 0.33, 1.0),
        ("held out", 2, 0.0, 0.0),
        ("neither", 4, 0.25, 0.25),
    ]


def test_items_that_a_record_holds_are_a_part_of_their_own_and_are_told(exam: PublicExam, iio: MakeRecord) -> None:
    overlaps = [ItemOverlap(exam.name, exam.items[row].id, f"r{row}", "reworded", 0.6) for row in (1, 1, 8)]
    contents = replace(make_contents(exam, [iio(0)], []), overlaps=overlaps)
    standing = make_standing(exam, {BASE: set(), CELL: {1}})
    split = next(one for one in build_splits([standing], [contents], {CELL: BASE}, seed=0) if one.part == OVERLAPPING)
    assert (split.items, split.base_value, split.value) == (2, 0.0, 0.5)
    said = list(describe_contents([contents], [standing], [BASE, CELL, "guest"]))
    assert said == [
        "exam items in the 1 training records of cell: own questions 2 in other words of 9; all in exam-overlaps.json",
        "what was trained on is unknown of base and guest: it may have read the exams",
    ]


def test_records_of_other_peoples_files_leave_it_unknown(exam: PublicExam, iio: MakeRecord) -> None:
    own = [iio(number, source="file:a.jsonl", upstream_id=f"a.jsonl#{number}") for number in range(3)]
    contents = make_contents(exam, own, [])
    standing = make_standing(exam, {BASE: set(), CELL: set()})
    assert contents.sides is None
    assert list(build_splits([standing], [contents], {CELL: BASE}, seed=0)) == []
    assert "which entries it was trained on is unknown" in next(describe_contents([contents], [standing], [BASE, CELL]))
    # Those that name an entry, as records of a teacher do, are known; the rest is counted.
    mixed = make_contents(exam, [*own, iio(5, source="file:a.jsonl", upstream_id="T1001")], [])
    assert mixed.sides is not None
    assert count_sides(mixed.sides["mcq-own"])["trained on"] == 3
    assert "3 of 4 training records" in next(describe_contents([mixed], [standing], [BASE, CELL]))


def test_who_earns_no_more_than_the_constant_is_named(exam: PublicExam) -> None:
    standing = make_standing(exam, {BASE: set(range(8)), CELL: set(range(9))})
    # All keys are A: always A earns everything.
    assert standing.not_above_constant == [BASE, CELL]
    assert "own questions: no better than always A (9 of 9): base and cell" in list(describe_exam(standing))
    other = replace(standing, constant=replace(standing.constant, marks=mark(exam, set(range(8)))))
    assert other.not_above_constant == [BASE]


def test_who_gives_one_answer_to_nearly_all_items_is_named(tmp_path: Path) -> None:
    rows = [{"question": f"Which {n}?", "A": "key", "B": "wall", "answer": "AB"[n % 2]} for n in range(20)]
    (found,) = find_exams(f"mcq:{made.write_tsv(tmp_path / 'own.tsv', rows)}", "exam")
    file = found.task.read(found.path)
    exam = PublicExam("mcq-own", found.task, file, file.items, None)
    said = list(describe_exam(make_standing(exam, {BASE: set(range(16)), CELL: set(range(15))})))
    assert "own questions: one answer to nearly all items, whatever is asked: A to 16 of 20 by base" in said


def test_a_gain_that_a_constant_has_too_is_qualified(tmp_path: Path) -> None:
    rows = [{"question": f"Which {n}?", "A": "key", "B": "wall", "answer": "AB"[n % 2]} for n in range(20)]
    (found,) = find_exams(f"mcq:{made.write_tsv(tmp_path / 'own.tsv', rows)}", "exam")
    file = found.task.read(found.path)
    exam = PublicExam("mcq-own", found.task, file, file.items, None)
    even = set(range(0, 20, 2))
    # The base is right nowhere; the cell answers A to all, and is right where a constant is.
    paragraphs = []
    for given in (set(range(20)), even):
        standing = make_standing(exam, {BASE: set(range(1, 20, 2)), CELL: given})
        measure = standing.build_measure({CELL: BASE})
        verdict = build_verdict(
            "e", [measure], {CELL: BASE}, decide_by=measure.name, ratings=None, judge={}, notes=(), seed=0,
            exams=[standing], exam_splits=[ExamSplit(CELL, "mcq-own", "own", "neither", 2, 1.0, 0.5, 0.5, 0.0, 1.0)],
        )  # fmt: skip
        paragraphs.append(verdict.paragraph)
    assert "But on mcq-own it earns no more than one constant answer does." in paragraphs[0]
    assert "constant" not in paragraphs[1]
    table = build_split_rows(verdict)
    assert (table.columns[3], table.rows[0][3]) == ("part", "neither")
    assert verdict.to_json()["exam_splits"][0]["measure"] == "mcq-own"


def test_items_of_one_page_count_as_one_draw() -> None:
    own = ItemScores({f"i{number}": (float(number < 12), 1.0) for number in range(24)})
    base = ItemScores(dict.fromkeys(own.items, (0.0, 1.0)))
    pages = {name: f"page {int(name[1:]) // 6}" for name in own.items}
    alone, clustered = (compare_scores(own, base, clusters, seed=0) for clusters in ({}, pages))
    assert alone.value == clustered.value == 0.5
    assert alone.items == clustered.items == 24
    assert alone.p < 0.001
    # Two of four pages differ, in one direction: of 2 signs, both patterns are as extreme.
    assert clustered.p == 0.5
    assert clustered.high - clustered.low > alone.high - alone.low
    # Where nothing differs, the interval still has a width.
    same = compare_scores(base, base, pages, seed=0)
    assert same.low < 0 < same.high


def test_an_items_answer_in_words() -> None:
    message = {"role": "user", "content": "Which?"}
    item = ExamItem("q", 1, (message,), "Which?", "AC", ("key", "wall", "bolt"))  # type: ignore[arg-type]
    assert item.answer_text == "key bolt"
    assert replace(item, options=(), key="CWE-79").answer_text == "CWE-79"
