"""Each configuration against its own base, measure by measure, with a correction for the number of comparisons."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Any, Literal

from hackmentor.evaluate.verdict.compare_scores import compare_runs
from hackmentor.evaluate.verdict.intervals import compute_p_above, compute_p_below
from hackmentor.evaluate.verdict.measure import Measure
from hackmentor.evaluate.verdict.paired_test import SIGNIFICANCE_LEVEL, PairedDifference, adjust_holm

Outcome = Literal["better", "worse", "not worse", "none shown"]
Role = Literal["", "primary", "exploratory"]


@dataclass(frozen=True)
class RunDifference:
    """One run of a configuration: its cell, its value and its difference to the base."""

    cell: str
    value: float
    difference: float


@dataclass(frozen=True)
class Finding:
    """A configuration compared with its base on one measure. `p` is adjusted for the number of comparisons (Holm).

    `cell` is the configuration's name: its cell's where it has one run, which `runs` does not repeat. `clusters` is how
    many independent units the items come in, such as catalogue entries. `margin` is how much worse still counts as not
    worse, `p_not_worse` the adjusted p of "it is worse by the margin or more", and `within` whether it is shown that
    the difference is smaller than the margin in either direction. `role` is empty where no measure is declared primary.
    What older verdicts lack has a default.
    """

    cell: str
    base: str
    measure: str
    value: float
    base_value: float
    difference: float
    low: float
    high: float
    p: float
    items: int
    outcome: Outcome
    clusters: int | None = None
    margin: float | None = None
    p_not_worse: float | None = None
    within: bool = False
    role: Role = ""
    runs: tuple[RunDifference, ...] = ()


def is_finding_on(row: Mapping[str, Any], cell: str) -> bool:
    """Whether a finding as in verdict.json is on this cell, alone or as one of the runs of its configuration."""
    return cell == row["cell"] or any(run["cell"] == cell for run in row.get("runs", ()))


@dataclass(frozen=True)
class _Comparison:
    """A finding before the correction: `p_within` is of "the difference is as large as the margin in a direction"."""

    finding: Finding
    measure: Measure
    p_within: float | None


def compare_with_bases(
    measure: Measure, bases: Mapping[str, str], *, seed: int, configurations: Mapping[str, Sequence[str]] | None = None
) -> list[Finding]:
    """`compare_measures` for one measure."""
    return compare_measures([measure], bases, seed=seed, configurations=configurations)


def compare_measures(
    measures: Sequence[Measure],
    bases: Mapping[str, str],
    *,
    seed: int,
    configurations: Mapping[str, Sequence[str]] | None = None,
    primary: Collection[str] = (),
) -> list[Finding]:
    """Compares each configuration with its base on each measure; one finding for both.

    The p-values of the primary measures are adjusted together, over measures and configurations; those of any other
    measure over the configurations.

    Args:
        measures: in the order of the findings.
        bases: of each cell.
        seed: of resamples and sign flips.
        configurations: the cells of each configuration, which differ by seed; None makes each cell one.
        primary: names of measures that were declared before.

    Raises:
        ValueError: if a cell and its base were measured on different items.
    """
    grouped = configurations or {cell: [cell] for cell in bases}
    families: dict[str, list[_Comparison]] = defaultdict(list)
    for measure in measures:
        role: Role = "" if not primary else "primary" if measure.name in primary else "exploratory"
        family = role if role == "primary" else f"measure {measure.name}"
        families[family] += _compare_configurations(measure, bases, grouped, role, seed)
    findings = [finding for family in families.values() for finding in _adjust(family)]
    places = {measure.name: place for place, measure in enumerate(measures)}
    return sorted(findings, key=lambda finding: places[finding.measure])


def _compare_configurations(
    measure: Measure, bases: Mapping[str, str], configurations: Mapping[str, Sequence[str]], role: Role, seed: int
) -> Iterator[_Comparison]:
    for name, cells in configurations.items():
        measured = [cell for cell in cells if cell in measure.pairs]
        if not measured:
            continue
        pairs = [measure.pairs[cell] for cell in measured]
        if any(own.items.keys() != base.items.keys() for own, base in pairs):
            raise ValueError(f"{measure.name}: {name} and its base were measured on different items")
        found = compare_runs(pairs, measure.clusters, seed=seed)
        runs = [
            RunDifference(cell, own.value, own.value - base.value)
            for cell, (own, base) in zip(measured, pairs, strict=True)
        ]
        p_not_worse, p_within = _test_margin(measure, found)
        finding = Finding(
            name, bases[measured[0]], measure.name, fmean(run.value for run in runs),
            fmean(base.value for _, base in pairs), found.value, found.low, found.high, found.p, found.items,
            "none shown", found.clusters, measure.margin, p_not_worse, False, role,
            tuple(runs) if len(runs) > 1 else (),
        )  # fmt: skip
        yield _Comparison(finding, measure, p_within)


def _test_margin(measure: Measure, found: PairedDifference) -> tuple[float | None, float | None]:
    """The p-values of "worse by the margin or more" and of "apart by the margin or more", if there is a margin."""
    if measure.margin is None:
        return None, None
    above, below = compute_p_above(found.interval, -measure.margin), compute_p_below(found.interval, measure.margin)
    return (above if measure.direction == "more" else below), max(above, below)


def _adjust(family: Sequence[_Comparison]) -> Iterator[Finding]:
    """The findings of a family with adjusted p-values and their outcomes."""
    p_values = adjust_holm([one.finding.p for one in family])
    with_margin = [one for one in family if one.finding.p_not_worse is not None]
    not_worse = iter(adjust_holm([one.finding.p_not_worse or 0.0 for one in with_margin]))
    within = iter(adjust_holm([one.p_within or 0.0 for one in with_margin]))
    for one, p in zip(family, p_values, strict=True):
        finding = replace(one.finding, p=p)
        if finding.p_not_worse is not None:
            finding = replace(finding, p_not_worse=next(not_worse), within=next(within) < SIGNIFICANCE_LEVEL)
        yield replace(finding, outcome=_choose_outcome(finding, one.measure))


def _choose_outcome(finding: Finding, measure: Measure) -> Outcome:
    if finding.p < SIGNIFICANCE_LEVEL:
        return "better" if (finding.difference > 0) == (measure.direction == "more") else "worse"
    is_not_worse = finding.p_not_worse is not None and finding.p_not_worse < SIGNIFICANCE_LEVEL
    return "not worse" if is_not_worse else "none shown"
