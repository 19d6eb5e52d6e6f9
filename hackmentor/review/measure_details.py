"""The measurements of one cell beside its base's: each measure, and the parts of exam and held-out loss."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hackmentor.cell.shaped_files import read_shaped
from hackmentor.evaluate.exam.exam_question import OWN_EXAM_TASK
from hackmentor.evaluate.result_shapes import Exam, HeldOut
from hackmentor.evaluate.verdict.findings import is_finding_on
from hackmentor.review.leaderboard import format_delta_with_ci, get_number_formats

Json = Mapping[str, Any]


@dataclass(frozen=True)
class MeasureBreakdown:
    """A part of a measurement: the formatted values of the base and the cell, and over how many items."""

    title: str
    base_value: str
    cell_value: str
    items: str


@dataclass(frozen=True)
class MeasureComparison:
    """A cell against its base on one measure, formatted; `p_value` is corrected for the number of cells."""

    title: str
    base_value: str
    cell_value: str
    delta: str
    outcome: str
    p_value: str
    items: int


def compare_with_base(cell: str, verdict: Json) -> list[MeasureComparison]:
    """The findings on a cell, measure by measure; none if it was not compared."""
    titles = {measure["name"]: measure["title"] for measure in verdict.get("measures", [])}
    return [
        _format_finding(finding, titles[finding["measure"]])
        for finding in verdict.get("findings", [])
        if is_finding_on(finding, cell)
    ]


def _format_finding(finding: Json, title: str) -> MeasureComparison:
    number_format, signed_format = get_number_formats(finding["measure"])
    p_value = "< 0.001" if finding["p"] < 0.001 else f"{finding['p']:.3f}"
    base_value, cell_value = format(finding["base_value"], number_format), format(finding["value"], number_format)
    delta = format_delta_with_ci(finding, signed_format)
    return MeasureComparison(title, base_value, cell_value, delta, finding["outcome"], p_value, finding["items"])


def break_down_exams(cell: str, verdict: Json) -> list[MeasureBreakdown]:
    """The published exams by what the cell was trained on; none without exams."""
    return [
        MeasureBreakdown(
            f"{split['title']}: {split['part']}",
            format(split["base_value"], number_format),
            format(split["value"], number_format),
            f"{split['items']:,} items",
        )
        for split in verdict.get("exam_splits", [])
        if split["cell"] == cell
        for number_format, _ in (get_number_formats(split["measure"]),)
    ]


def read_breakdowns(cell_folder: Path, base_folder: Path) -> list[MeasureBreakdown]:
    """The parts of the exam and of the held-out loss that are measured yet, of a cell and its base."""
    return [
        *_break_down_held_out_loss(*_read_both(cell_folder, base_folder, "held_out.json", HeldOut)),
        *_break_down_exam(*_read_both(cell_folder, base_folder, "exam.json", Exam)),
    ]


def _read_both(cell_folder: Path, base_folder: Path, file: str, shape: type) -> tuple[Json, Json]:
    return read_shaped(cell_folder / file, shape) or {}, read_shaped(base_folder / file, shape) or {}


def _break_down_held_out_loss(cell: Json, base: Json) -> Iterator[MeasureBreakdown]:
    for shape, measured in cell.get("shapes", {}).items():
        cut = f", {len(measured['truncated'])} of them in part" if measured.get("truncated") else ""
        items, base_measured = f"{len(measured['records']):,} records{cut}", base.get("shapes", {}).get(shape, {})
        for figure, number_format in (("loss", ".3f"), ("perplexity", ".2f")):
            base_value = _format_or_dash(base_measured.get(figure), number_format)
            cell_value = _format_or_dash(measured[figure], number_format)
            yield MeasureBreakdown(f"held-out {figure}, {shape}", base_value, cell_value, items)


def _break_down_exam(cell: Json, base: Json) -> Iterator[MeasureBreakdown]:
    base_categories = {task["task"]: task["categories"] for task in base.get("tasks", [])}
    for task in cell.get("tasks", []):
        for category, score in task["categories"].items():
            base_accuracy = base_categories.get(task["task"], {}).get(category, {}).get("accuracy")
            title = f"{task['task']}: {category}".replace(OWN_EXAM_TASK, "exam")
            items = f"{score['n']:,} question{'s' if score['n'] > 1 else ''}"
            base_value, cell_value = _format_or_dash(base_accuracy, ".0%"), _format_or_dash(score["accuracy"], ".0%")
            yield MeasureBreakdown(title, base_value, cell_value, items)


def _format_or_dash(value: float | None, number_format: str) -> str:
    return "–" if value is None else format(value, number_format)
