"""The effect of each option of the grid's groups: how many cells with it got better than their base."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Literal, get_args

from hackmentor.review.cell_report import CellReport
from hackmentor.review.cell_spec import CellSpec
from hackmentor.review.leaderboard import get_number_formats

Group = Literal["base", "size", "method", "data"]
GROUPS: tuple[Group, ...] = get_args(Group)


@dataclass(frozen=True)
class OptionEffect:
    """The cells with one option of one group: how many there are, how many are compared, and with what outcomes.

    `median_delta` is the median difference of the cells to their bases, formatted.
    """

    group: Group
    option: str
    cells: int
    compared: int
    better: int
    none_shown: int
    worse: int
    median_delta: str


def summarise_option_effects(cells: Sequence[CellReport], verdict: Mapping[str, Any]) -> list[OptionEffect]:
    """A line for each option of each group of which the grid has several, by the measure that decides the verdict."""
    decided_by = verdict.get("decided_by", "")
    findings = {
        cell: finding
        for finding in verdict.get("findings", [])
        if finding["measure"] == decided_by
        for cell in (finding["cell"], *(run["cell"] for run in finding.get("runs", ())))
    }
    return [
        _summarise_option(
            group, option, [cell.spec.name for cell in cells if getattr(cell.spec, group) == option], findings
        )
        for group in GROUPS
        for option in _list_varied_options(group, cells)
    ]


def find_cells_one_option_apart(spec: CellSpec, specs: Sequence[CellSpec]) -> Iterator[tuple[Group, list[CellSpec]]]:
    """Yields each group with the cells that differ from this one in its option and in no other group's."""
    for group in GROUPS:
        fixed = _get_other_options(group, spec)
        apart = [other for other in specs if other.name != spec.name and _get_other_options(group, other) == fixed]
        if apart:
            yield group, apart


def _get_other_options(group: Group, spec: CellSpec) -> list[str]:
    return [getattr(spec, other) for other in GROUPS if other != group]


def _list_varied_options(group: Group, cells: Sequence[CellReport]) -> list[str]:
    options = list(dict.fromkeys(getattr(cell.spec, group) for cell in cells))
    return options if len(options) > 1 else []


def _summarise_option(
    group: Group, option: str, cells: Sequence[str], findings: Mapping[str, Mapping[str, Any]]
) -> OptionEffect:
    compared = [findings[cell] for cell in cells if cell in findings]
    outcomes = Counter(finding["outcome"] for finding in compared)
    median_delta = "–"
    if compared:
        signed_format = get_number_formats(compared[0]["measure"])[1]
        median_delta = format(median(finding["difference"] for finding in compared), signed_format)
    return OptionEffect(
        group,
        option,
        len(cells),
        len(compared),
        outcomes["better"],
        outcomes["none shown"] + outcomes["not worse"],
        outcomes["worse"],
        median_delta,
    )
