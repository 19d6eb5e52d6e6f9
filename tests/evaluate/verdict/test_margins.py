"""Not worse by more than a margin: the third outcome, and the words for it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from hackmentor.evaluate.verdict.findings import Finding, compare_with_bases
from hackmentor.evaluate.verdict.findings_tables import describe_tests, format_outcome
from hackmentor.evaluate.verdict.measure import Direction, ItemScores, build_measure
from hackmentor.evaluate.verdict.verdict import build_verdict


def build_pair(gained: int, lost: int, items: int) -> dict[str, ItemScores]:
    """A cell and its base, who differ in so many of the items; of the rest half are right."""
    own = [1.0] * gained + [0.0] * lost + [float(n % 2) for n in range(items - gained - lost)]
    base = [0.0] * gained + [1.0] * lost + own[gained + lost :]
    return {
        name: ItemScores({str(n): (value, 1.0) for n, value in enumerate(values)})
        for name, values in (("cell", own), ("base", base))
    }


def find(gained: int, lost: int, items: int, margin: float | None = 0.03, direction: Direction = "more") -> Finding:
    bases = {"cell": "base"}
    measure = build_measure("general", "general", direction, build_pair(gained, lost, items), bases)
    (finding,) = compare_with_bases(replace(measure, margin=margin), bases, seed=0)
    return finding


def test_level_on_many_items_is_within_the_margin() -> None:
    finding = find(250, 250, 2500)
    assert (finding.outcome, finding.within) == ("not worse", True)
    assert format_outcome(finding) == "within ±0.03"
    assert finding.p_not_worse is not None
    assert finding.p_not_worse < 0.05


def test_level_on_few_items_shows_nothing() -> None:
    assert find(3, 3, 36).outcome == "none shown"
    assert find(250, 250, 2500, margin=None).outcome == "none shown"


def test_a_small_gain_that_is_not_shown_is_not_worse_though_perhaps_much_better() -> None:
    finding = find(60, 45, 600)
    assert (finding.outcome, finding.within) == ("not worse", False)
    assert format_outcome(finding) == "not worse by 0.03"
    assert find(45, 60, 600).outcome == "none shown"


def test_where_less_is_better_the_margin_is_on_the_other_side() -> None:
    assert find(45, 60, 600, direction="less").outcome == "not worse"
    assert find(60, 45, 600, direction="less").outcome == "none shown"


def test_worse_is_worse_even_within_the_margin() -> None:
    finding = find(10, 40, 2500)
    assert finding.outcome == "worse"
    assert finding.within


def test_the_more_cells_the_stronger_not_worse_must_be() -> None:
    cells = [f"cell {number}" for number in range(12)]
    scores = build_pair(110, 110, 1000)
    bases = dict.fromkeys(cells, "base")
    shared = {"base": scores["base"], **dict.fromkeys(cells, scores["cell"])}
    measure = replace(build_measure("general", "general", "more", shared, bases), margin=0.03)
    many = compare_with_bases(measure, bases, seed=0)
    alone = find(110, 110, 1000)
    assert alone.outcome == "not worse"
    assert {finding.outcome for finding in many} == {"none shown"}
    assert many[0].p_not_worse == pytest.approx(12 * (alone.p_not_worse or 0))


def test_the_paragraph_and_the_tables_tell_the_margin() -> None:
    bases, scores = {"cell": "base"}, build_pair(250, 250, 2500)
    settings: dict[str, Any] = {"ratings": None, "judge": {}, "notes": [], "seed": 0}
    measures = [
        build_measure("exam", "exam", "more", build_pair(300, 100, 2500), bases),
        replace(build_measure("general", "general", "more", scores, bases), margin=0.03),
    ]
    verdict = build_verdict("x", measures, bases, decide_by="exam", **settings)
    assert "On general it is within 0.03 of its base." in verdict.paragraph
    assert "No difference is shown" not in verdict.paragraph
    assert "0.03 (general)" in " ".join(describe_tests(verdict))
    row = verdict.to_json()["findings"][1]
    assert (row["outcome"], row["margin"], row["within"]) == ("not worse", 0.03, True)
