"""The few figures that a reader sees first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hackmentor.review.cell_report import CellReport
from hackmentor.review.leaderboard import Row
from hackmentor.runtime.duration import duration


@dataclass(frozen=True)
class Fact:
    """A figure with its label; `note` says more, `outcome` is better or worse where it is one of these."""

    label: str
    value: str
    note: str = ""
    outcome: str = ""


def headline(
    cells: Sequence[CellReport], rows: Sequence[Row], verdict: Mapping[str, Any], hourly_price: float | None
) -> list[Fact]:
    """Who is first, by how much against its base, how much of the grid is done, what it took."""
    return [*_first(rows, verdict), *_done(cells, hourly_price), *_judged(verdict)]


def training_cost(cell: CellReport, hourly_price: float | None) -> float | None:
    """US dollars for the hours of a cell's training; None where price or hours are not known."""
    seconds = cell.figures.get("wall_seconds")
    return None if seconds is None or hourly_price is None else seconds / 3600 * hourly_price


def _first(rows: Sequence[Row], verdict: Mapping[str, Any]) -> Iterator[Fact]:
    first = next((row for row in rows if row.kind == "cell" and row.rank), None)
    if first is None:
        return
    names = [measure["name"] for measure in verdict["measures"]]
    title = verdict["measures"][names.index(verdict["decided_by"])]["title"]
    yield Fact("first among the cells", first.name, f"by {title}")
    value = first.values[names.index(verdict["decided_by"])]
    if value.difference:
        change, _, interval = value.difference.partition(" ")
        said = value.outcome if value.outcome in ("better", "worse") else "no difference shown"
        yield Fact("against its untuned base", change, f"{interval}, {said}", value.outcome)


def _done(cells: Sequence[CellReport], hourly_price: float | None) -> Iterator[Fact]:
    done = [cell for cell in cells if cell.progress.state == "done"]
    yield Fact("cells", f"{len(done)} of {len(cells)} done")
    if not done:
        return
    memory = max(cell.figures.get("peak_memory_mb", 0) for cell in done)
    hours = [cell.figures.get("wall_seconds", 0) / 3600 for cell in done]
    cost = "" if hourly_price is None else f", ${sum(hours) * hourly_price:,.2f}"
    yield Fact("training", duration(3600 * sum(hours)) + cost, f"at most {memory:,.0f} MB")


def _judged(verdict: Mapping[str, Any]) -> Iterator[Fact]:
    judge = verdict.get("judge")
    if judge and judge["battles"]:
        cost = f", {judge['cost']}" if judge.get("cost") else ""
        yield Fact("battles", f"{judge['battles']:,}", f"judge: {judge['name']}{cost}")
