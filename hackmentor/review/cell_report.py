"""One cell of an experiment, from the files in its folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from statistics import median
from typing import Any

from hackmentor.cell.folder import CellFolder
from hackmentor.cell.metrics import read_rows
from hackmentor.cell.state import Progress, progress_of
from hackmentor.review.read_files import read_object, read_yaml
from hackmentor.review.step_progress import Pace, pace_of

# Points a curve keeps: more than a screen can tell apart in a chart of many.
_POINTS = 240


@dataclass(frozen=True)
class Plan:
    """A cell as it was asked for: its groups, its whole configuration, the command that trains it.

    `impossible` says why its settings cannot go together, if so.
    """

    name: str
    base: str
    size: str
    method: str
    data: str
    untuned: str
    config: Mapping[str, Any]
    command: str
    folder: CellFolder
    data_folder: Path
    impossible: str = ""


@dataclass(frozen=True)
class Curve:
    """Steps and losses in nats a token, thinned evenly; `left_out` says how many points are not there."""

    steps: list[int]
    losses: list[float]
    left_out: int


@dataclass(frozen=True)
class CellReport:
    """What is known of a cell. Figures that are not there yet are None: seconds, tokens a second, MB, nats a token."""

    plan: Plan
    progress: Progress
    config: Mapping[str, Any]
    card: Mapping[str, Any]
    training: Curve
    validation: Curve
    tokens_per_second: float | None
    pace: Pace
    figures: Mapping[str, float] = field(default_factory=dict)


def read_cell(plan: Plan) -> CellReport:
    """Reads the folder of a cell. Raises UserError, naming the file, where one can't be read."""
    folder = plan.folder
    rows = read_rows(folder.metrics)
    speeds = [speed for _, speed in _column(rows, "tokens_per_second")]
    card = read_object(folder.card) or {}
    training = _column(rows, "loss")
    progress = Progress("skipped", plan.impossible) if plan.impossible else progress_of(folder)
    return CellReport(
        plan,
        progress,
        read_yaml(folder.config) or plan.config,
        card,
        _curve(training),
        _curve(_column(rows, "val_loss")),
        median(speeds) if speeds else None,
        pace_of(folder, training[-1][0] + 1 if training else 0, running=progress.state == "running"),
        card.get("figures", {}),
    )


def _column(rows: list[dict[str, str]], name: str) -> list[tuple[int, float]]:
    """The steps at which a figure was logged, and the figure. What is no finite number is no point of a curve."""
    found = []
    for row in rows:
        try:
            step, value = int(row["step"]), float(row.get(name) or "nan")
        except (ValueError, TypeError, KeyError):
            continue
        if isfinite(value):
            found.append((step, value))
    return found


def _curve(points: list[tuple[int, float]]) -> Curve:
    every = -(-len(points) // _POINTS) or 1
    kept = points[::every]
    if points and kept[-1] != points[-1]:
        kept.append(points[-1])
    return Curve([step for step, _ in kept], [round(loss, 4) for _, loss in kept], len(points) - len(kept))
