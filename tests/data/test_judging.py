"""Judgements have to go both ways: a model that only ever sees "no" learns to say no."""

from collections import Counter

import pytest

from hackmentor.data.compose.cwe_judging import QUESTION_TEMPLATES, VERDICTS
from hackmentor.data.compose.template import EntryIndex, TemplateSet
from hackmentor.data.sources import load_source
from hackmentor.data.sources.cwe_weakness import Weakness
from hackmentor.records.record import Record


@pytest.fixture(scope="module")
def records() -> list[Record]:
    catalogue = load_source("cwe")
    return list(
        TemplateSet(QUESTION_TEMPLATES).make_iio_records(EntryIndex(catalogue.entries), catalogue.origin, seed=1)
    )


def test_a_design_is_approved_only_with_the_remedy_in_it(records: list[Record]) -> None:
    designs = {record.id: record for record in records if record.task == "cwe.judge_design"}
    approved = {name: record for name, record in designs.items() if record.output.startswith("Yes")}
    assert len(approved) >= 5
    for name, record in approved.items():
        weak = designs[name.removesuffix("-changed")]
        assert weak.output.startswith("No.")
        assert record.input.startswith(weak.input)
        assert len(record.input) > len(weak.input)


def test_a_measure_is_judged_by_its_rating(records: list[Record]) -> None:
    measures = [record for record in records if record.task == "cwe.judge_measure"]
    rated = {
        entry.upstream_id: entry.mitigations for entry in load_source("cwe").entries if isinstance(entry, Weakness)
    }
    seen: Counter[str] = Counter()
    for record in measures:
        item = rated[record.upstream_id][int(record.id.rpartition("/")[2]) - 1]
        seen[item.effectiveness] += 1
        assert record.output.startswith("Yes") or item.effectiveness != "High"
        assert not record.output.startswith("Yes") or item.effectiveness in ("High", "Moderate")
    assert set(seen) <= set(VERDICTS)
    assert min(seen["High"], seen["Moderate"], seen["Limited"]) >= 15
