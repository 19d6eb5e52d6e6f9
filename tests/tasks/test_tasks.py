"""What holds of every task: proven labels, worked answers that are right, a split by unit, a mark for any answer."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from hackmentor.data.refine.mask import mask_record
from hackmentor.data.refine.quality import find_quality_fault
from hackmentor.exams.marked_answers import mark_constant
from hackmentor.tasks.case import Provenance
from tests.tasks.conftest import Sides


def test_every_label_is_proven(sides: Sides) -> None:
    faults = {case.id: fault for case in sides.cases if (fault := sides.task.find_label_fault(case))}
    assert faults == {}


def test_a_wrong_label_is_found(sides: Sides) -> None:
    """Each case gets the key of another that has a different one."""
    planted = 0
    for case in sides.held_out:
        others = sorted(sides.held_out, key=lambda one: one.category != case.category)
        other = next((one for one in others if one.key != case.key), None)
        if other is not None:
            planted += 1
            assert sides.task.find_label_fault(replace(case, key=other.key)), case.id
    assert planted >= len(sides.held_out) / 2


def test_worked_answers_are_right_and_so_is_the_key(sides: Sides) -> None:
    for row, case in enumerate(sides.cases, start=1):
        item = case.to_item(row)
        assert sides.task.mark(item, case.answer).outcome == "correct", case.id
        assert sides.task.mark(item, sides.task.show_key(case.key)).outcome == "correct", case.id


def test_other_answers_are_not(sides: Sides) -> None:
    items = [case.to_item(row) for row, case in enumerate(sides.held_out, start=1)]
    for item, case in zip(items, sides.held_out, strict=True):
        assert sides.task.mark(item, "I don't know, sorry.").outcome == "unparsed", case.id
        truncated = sides.task.mark(item, case.answer, truncated=True)
        assert (truncated.outcome, truncated.score) == ("truncated", 0.0)
        other = next((one for one in items if one.category == item.category and one.key != item.key), None)
        if other is not None:
            mark = sides.task.mark(item, sides.task.show_key(other.key))
            assert mark.outcome == "wrong", case.id
            assert 0 <= mark.score < 1


def test_the_constant_answer_earns_little(sides: Sides) -> None:
    items = [case.to_item(row) for row, case in enumerate(sides.held_out, start=1)]
    scores = mark_constant(sides.task, items).item_scores.values()
    assert sum(scores) / len(scores) <= 0.6


def test_units_are_on_one_side(sides: Sides) -> None:
    keys = {case.split_key for case in sides.train}
    assert keys.isdisjoint(case.split_key for case in sides.held_out)
    entries = {entry for case in sides.train for entry in case.entries}
    assert entries.isdisjoint(entry for case in sides.held_out for entry in case.entries)
    assert len(sides.held_out) >= 100
    ids = Counter(case.id for case in sides.cases)
    assert [case_id for case_id, count in ids.items() if count > 1] == []


def test_records_go_through_the_filters_unchanged(sides: Sides) -> None:
    for case in sides.cases:
        record = case.to_record(sides.task.name, Provenance())
        assert mask_record(record) == (record, []), case.id
        assert find_quality_fault(record) == "", case.id
