"""A whole experiment as the page shows it: cells, leaderboard, battles, samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hackmentor.review.board import Row, board
from hackmentor.review.cells import CellReport, Plan, read_cell
from hackmentor.review.differences import Difference, changed, differing
from hackmentor.review.lineage import Link, lineage
from hackmentor.review.read import read_object
from hackmentor.review.samples import Sample, samples

Pairs = Mapping[tuple[str, str], tuple[int, int, int]]


@dataclass(frozen=True)
class Experiment:
    """All that is known; `verdict` and `ratings` are empty where there is none.

    `pairs` has wins, ties, losses of the first against the second; `differences` by cell what sets it apart from the
    others, `changes` by cell where its folder holds another configuration than the request.
    """

    name: str
    cells: Sequence[CellReport]
    rows: Sequence[Row]
    verdict: Mapping[str, Any]
    ratings: Mapping[str, Any]
    pairs: Pairs
    differences: Mapping[str, Sequence[Difference]]
    changes: Mapping[str, Sequence[Difference]]
    lineages: Mapping[str, Sequence[Link]]
    samples: Sequence[Sample]
    notes: Sequence[str]


def read_experiment(name: str, plans: Sequence[Plan], folder: Path) -> Experiment:
    """Reads the folder of an experiment and those of its cells. Raises UserError, naming a file that can't be read."""
    cells = [read_cell(plan) for plan in plans]
    verdict = read_object(folder / "verdict.json") or {}
    ratings = verdict.get("ratings") or read_object(folder / "ratings.json") or {}
    rows = board(cells, verdict)
    shown, unread = samples({row.name: folder / row.name for row in rows})
    notes = [f"{count} lines of the answers of {who} could not be read" for who, count in unread.items()]
    return Experiment(
        name,
        cells,
        rows,
        verdict,
        ratings,
        _pairs(ratings),
        differing({cell.plan.name: cell.config for cell in cells}),
        {cell.plan.name: changed(cell.config, cell.plan.config) for cell in cells},
        {cell.plan.name: lineage(cell, folder / "verdict.json") for cell in cells},
        shown,
        [*verdict.get("notes", []), *ratings.get("notes", []), *notes, *_others(folder, rows)],
    )


def _pairs(ratings: Mapping[str, Any]) -> Pairs:
    pairs = {}
    for one in ratings.get("pairs", []):
        pairs[one["model_a"], one["model_b"]] = one["wins_a"], one["ties"], one["wins_b"]
        pairs[one["model_b"], one["model_a"]] = one["wins_b"], one["ties"], one["wins_a"]
    return pairs


def _others(folder: Path, rows: Sequence[Row]) -> list[str]:
    """Cells that lie in the folder and are no part of the request: named, so that none is missed."""
    shown = {row.name for row in rows if row.kind != "other"}
    others = sorted(file.parent.name for file in folder.glob("*/config.yaml") if file.parent.name not in shown)
    return [f"in the folder but not asked for, so not shown: {', '.join(others)}"] if others else []
