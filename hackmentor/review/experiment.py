"""A whole experiment as the page shows it: cells, leaderboard, battles, samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hackmentor.grid.trial_cells import Tried
from hackmentor.review.cell_lineage import Link, lineage
from hackmentor.review.cell_report import CellReport, Plan, read_cell
from hackmentor.review.config_diff import Difference, changed, differing
from hackmentor.review.key_figures import Fact, headline
from hackmentor.review.leaderboard import Row, board
from hackmentor.review.measure_details import Compared, Part, compared, details
from hackmentor.review.option_effects import Choice, choices
from hackmentor.review.question_samples import Sample, samples
from hackmentor.review.read_files import read_object
from hackmentor.review.sample_battles import Fought, fought
from hackmentor.review.trial_rows import TrialRow, trial_rows

Pairs = Mapping[tuple[str, str], tuple[int, int, int]]


@dataclass(frozen=True)
class Experiment:
    """All that is known; `verdict` and `ratings` are empty where there is none.

    `pairs` has wins, ties, losses of the first against the second, `fought` the battles over each sample by its id. By
    cell: `differences` sets it apart from the others, `changes` is where its folder holds another configuration than
    the request, `compared` and `details` are what was measured, whole and in parts. `trials` are the cells of a search.
    `hourly_price` is in US dollars.
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
    compared: Mapping[str, Sequence[Compared]]
    details: Mapping[str, Sequence[Part]]
    samples: Sequence[Sample]
    fought: Mapping[str, Fought]
    choices: Sequence[Choice]
    headline: Sequence[Fact]
    notes: Sequence[str]
    trials: Sequence[TrialRow] = ()
    hourly_price: float | None = None


def read_experiment(
    name: str, plans: Sequence[Plan], folder: Path, *, tried: Sequence[Tried] = (), hourly_price: float | None = None
) -> Experiment:
    """Reads the folder of an experiment and those of its cells. Raises UserError, naming a file that can't be read."""
    cells = [read_cell(plan) for plan in plans]
    verdict = read_object(folder / "verdict.json") or {}
    ratings = verdict.get("ratings") or read_object(folder / "ratings.json") or {}
    rows = board(cells, verdict)
    shown, unread = samples({row.name: folder / row.name for row in rows})
    bases, ranking = {plan.name: plan.untuned for plan in plans}, [row.name for row in rows]
    battles, torn = fought(folder, {sample.id for sample in shown}, bases, ranking)
    notes = [f"{count} lines of the answers of {who} could not be read" for who, count in unread.items()]
    notes += [f"{torn} lines of battles.jsonl could not be read"] if torn else []
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
        {plan.name: compared(plan.name, verdict) for plan in plans},
        {plan.name: details(plan.folder.path, folder / plan.untuned) for plan in plans},
        shown,
        battles,
        choices(cells, verdict),
        headline(cells, rows, verdict, hourly_price),
        [*verdict.get("notes", []), *ratings.get("notes", []), *notes, *_others(folder, rows)],
        trial_rows(tried, cells),
        hourly_price,
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
