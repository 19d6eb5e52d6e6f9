"""Measures that were declared before are corrected for together; the others are exploratory."""

from __future__ import annotations

from typing import Any

import pytest

from hackmentor.evaluate.verdict.findings import compare_measures
from hackmentor.evaluate.verdict.findings_tables import describe_tests, format_outcome
from hackmentor.evaluate.verdict.measure import ItemScores, Measure, build_measure
from hackmentor.evaluate.verdict.verdict import build_verdict

BASES = {"a": "base", "b": "base"}


def build_share(name: str, gained: int) -> Measure:
    own = ItemScores({str(n): (1.0, 1.0) for n in range(40)})
    base = ItemScores({str(n): (float(n >= gained), 1.0) for n in range(40)})
    return build_measure(name, name, "more", {"a": own, "b": base, "base": base}, BASES)


MEASURES = [build_share("exam", 8), build_share("general", 7), build_share("arena", 8)]


def get_p(primary: list[str]) -> dict[str, float]:
    found = compare_measures(MEASURES, BASES, seed=0, primary=primary)
    return {finding.measure: finding.p for finding in found if finding.cell == "a"}


def test_primary_measures_are_one_family_over_the_cells() -> None:
    raw = {"exam": 2 / 2**8, "general": 2 / 2**7, "arena": 2 / 2**8}
    assert get_p([]) == pytest.approx({name: 2 * p for name, p in raw.items()})
    # Two measures with two cells each are four tests; the third measure's two are its own.
    together = get_p(["exam", "general"])
    assert together == pytest.approx(
        {"exam": 4 * raw["exam"], "general": 3 * raw["general"], "arena": 2 * raw["arena"]}
    )


def test_roles_are_told_and_the_order_of_findings_is_that_of_measures() -> None:
    settings: dict[str, Any] = {"ratings": None, "judge": {}, "notes": [], "seed": 0}
    verdict = build_verdict("x", MEASURES, BASES, decide_by="exam", primary=["general"], **settings)
    assert [finding.measure for finding in verdict.findings] == ["exam", "exam", "general", "general", "arena", "arena"]
    assert [finding.role for finding in verdict.findings[::2]] == ["exploratory", "primary", "exploratory"]
    assert format_outcome(verdict.findings[2]) == "better, primary"
    assert "arena (0.80 to 1.00, exploratory)" in verdict.paragraph
    assert "general (0.82 to 1.00)" in verdict.paragraph
    assert "primary, as declared before: general" in " ".join(describe_tests(verdict))
    assert verdict.to_json()["primary"] == ["general"]
    undeclared = build_verdict("x", MEASURES, BASES, decide_by="exam", **settings)
    assert {finding.role for finding in undeclared.findings} == {""}
    assert "no measure is declared primary" in " ".join(describe_tests(undeclared))
