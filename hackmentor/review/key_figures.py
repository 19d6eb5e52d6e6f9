"""The few figures at the top of the page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hackmentor.review.cell_report import CellReport
from hackmentor.review.leaderboard import LeaderboardRow
from hackmentor.runtime.duration import format_duration


@dataclass(frozen=True)
class KeyFigure:
    """A figure with its label; `note` says more, `outcome` is better or worse where it is one of these."""

    label: str
    value: str
    note: str = ""
    outcome: str = ""


def build_key_figures(
    cells: Sequence[CellReport],
    rows: Sequence[LeaderboardRow],
    verdict: Mapping[str, Any],
    hourly_price: float | None,
) -> list[KeyFigure]:
    """Which cell is first, by how much against its base, how much of the grid is done, and what it took."""
    return [*_describe_best_cell(rows, verdict), *_sum_training(cells, hourly_price), *_count_battles(verdict)]


def compute_training_cost(cell: CellReport, hourly_price: float | None) -> float | None:
    """US dollars for the hours of a cell's training; None where price or hours are not known."""
    seconds = cell.figures.get("wall_seconds")
    return None if seconds is None or hourly_price is None else seconds / 3600 * hourly_price


def _describe_best_cell(rows: Sequence[LeaderboardRow], verdict: Mapping[str, Any]) -> Iterator[KeyFigure]:
    best = next((row for row in rows if row.kind == "cell" and row.rank), None)
    if best is None:
        return
    names = [measure["name"] for measure in verdict["measures"]]
    title = verdict["measures"][names.index(verdict["decided_by"])]["title"]
    yield KeyFigure("first among the cells", best.name, f"by {title}")
    value = best.values[names.index(verdict["decided_by"])]
    if value.delta:
        delta, _, interval = value.delta.partition(" ")
        outcome = value.outcome if value.outcome in ("better", "worse", "not worse") else "no difference shown"
        yield KeyFigure("against its untuned base", delta, f"{interval}, {outcome}", value.outcome)


def _sum_training(cells: Sequence[CellReport], hourly_price: float | None) -> Iterator[KeyFigure]:
    done = [cell for cell in cells if cell.state.state == "done"]
    yield KeyFigure("cells", f"{len(done)} of {len(cells)} done")
    if not done:
        return
    memory = max(cell.figures.get("peak_memory_mb", 0) for cell in done)
    hours = [cell.figures.get("wall_seconds", 0) / 3600 for cell in done]
    cost = "" if hourly_price is None else f", ${sum(hours) * hourly_price:,.2f}"
    yield KeyFigure("training", format_duration(3600 * sum(hours)) + cost, f"at most {memory:,.0f} MB")


def _count_battles(verdict: Mapping[str, Any]) -> Iterator[KeyFigure]:
    judge = verdict.get("judge")
    if judge and judge.get("battles"):
        cost = f", {judge['cost']}" if judge.get("cost") else ""
        yield KeyFigure("battles", f"{judge['battles']:,}", f"judge: {judge.get('name', '')}{cost}")
