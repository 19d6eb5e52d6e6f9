"""What each choice of the grid came with: by base, size, method and data, how many cells got better than their base."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Literal, get_args

from hackmentor.review.cell_report import CellReport, Plan
from hackmentor.review.leaderboard import forms

Key = Literal["base", "size", "method", "data"]
KEYS: tuple[Key, ...] = get_args(Key)


@dataclass(frozen=True)
class Choice:
    """The cells with one value of one key: how many there are and are compared, and how those ended.

    `difference` is the median over the cells of the difference to their base, as it is read.
    """

    key: Key
    value: str
    cells: int
    compared: int
    better: int
    none_shown: int
    worse: int
    difference: str


def choices(cells: Sequence[CellReport], verdict: Mapping[str, Any]) -> list[Choice]:
    """A line for each value of each key of which the grid has several, by the measure that decides."""
    decided_by = verdict.get("decided_by", "")
    found = {one["cell"]: one for one in verdict.get("findings", []) if one["measure"] == decided_by}
    return [
        _choice(key, value, [cell.plan.name for cell in cells if getattr(cell.plan, key) == value], found)
        for key in KEYS
        for value in _values(key, cells)
    ]


def neighbours(plan: Plan, plans: Sequence[Plan]) -> Iterator[tuple[Key, list[Plan]]]:
    """For each key, the cells that differ from this one in it and in no other."""
    for key in KEYS:
        alike = [one for one in plans if one.name != plan.name and _but(key, one) == _but(key, plan)]
        if alike:
            yield key, alike


def _but(key: Key, plan: Plan) -> list[str]:
    return [getattr(plan, other) for other in KEYS if other != key]


def _values(key: Key, cells: Sequence[CellReport]) -> list[str]:
    values = list(dict.fromkeys(getattr(cell.plan, key) for cell in cells))
    return values if len(values) > 1 else []


def _choice(key: Key, value: str, names: Sequence[str], found: Mapping[str, Mapping[str, Any]]) -> Choice:
    compared = [found[name] for name in names if name in found]
    ends = Counter(one["outcome"] for one in compared)
    middle = "–"
    if compared:
        middle = format(median(one["difference"] for one in compared), forms(compared[0]["measure"])[1])
    return Choice(
        key, value, len(names), len(compared), ends["better"], ends["none shown"], ends["worse"], middle
    )  # fmt: skip
