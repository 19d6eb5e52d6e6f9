"""What evaluation measured of one cell beside its base: each measure, and the parts of exam and held-out loss."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hackmentor.evaluate.exam.exam_question import OWN
from hackmentor.review.leaderboard import difference, forms
from hackmentor.review.read_files import read_object

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Part:
    """A part of a measurement: what the base and the cell got, as it is read, over how many items."""

    title: str
    base: str
    own: str
    items: str


@dataclass(frozen=True)
class Compared:
    """A cell against its base on one measure, as it is read; `p` is corrected for the number of cells."""

    title: str
    base: str
    own: str
    difference: str
    outcome: str
    p: str
    items: int


def compared(cell: str, verdict: Json) -> list[Compared]:
    """The findings on a cell, measure by measure; nothing where it was not compared."""
    titles = {measure["name"]: measure["title"] for measure in verdict.get("measures", [])}
    return [_compared(one, titles[one["measure"]]) for one in verdict.get("findings", []) if one["cell"] == cell]


def _compared(one: Json, title: str) -> Compared:
    form, signed = forms(one["measure"])
    p = "< 0.001" if one["p"] < 0.001 else f"{one['p']:.3f}"
    base, own = format(one["base_value"], form), format(one["value"], form)
    return Compared(title, base, own, difference(one, signed), one["outcome"], p, one["items"])


def details(cell: Path, base: Path) -> list[Part]:
    """The parts that are measured yet, of the folders of a cell and of its base."""
    return [*_held_out(*_both(cell, base, "held_out.json")), *_exam(*_both(cell, base, "exam.json"))]


def _both(cell: Path, base: Path, file: str) -> tuple[Json, Json]:
    return read_object(cell / file) or {}, read_object(base / file) or {}


def _held_out(own: Json, base: Json) -> Iterator[Part]:
    for shape, found in own.get("shapes", {}).items():
        cut = f", {len(found['truncated'])} of them in part" if found.get("truncated") else ""
        items, before = f"{len(found['records']):,} records{cut}", base.get("shapes", {}).get(shape, {})
        for figure, form in (("loss", ".3f"), ("perplexity", ".2f")):
            was = before.get(figure)
            yield Part(f"held-out {figure}, {shape}", _figure(was, form), _figure(found[figure], form), items)


def _exam(own: Json, base: Json) -> Iterator[Part]:
    before = {task["task"]: task["categories"] for task in base.get("tasks", [])}
    for task in own.get("tasks", []):
        for category, score in task["categories"].items():
            was = before.get(task["task"], {}).get(category, {}).get("accuracy")
            title = f"{task['task']}: {category}".replace(OWN, "exam")
            items = f"{score['n']:,} question{'s' if score['n'] > 1 else ''}"
            yield Part(title, _figure(was, ".0%"), _figure(score["accuracy"], ".0%"), items)


def _figure(value: float | None, form: str) -> str:
    return "–" if value is None else format(value, form)
