"""One cell of an experiment, read from the files in its folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from hackmentor.cell.file_shapes import Card
from hackmentor.cell.metrics import read_metric_rows, select_metric
from hackmentor.cell.shaped_files import read_shaped
from hackmentor.cell.state import CellState, read_cell_state
from hackmentor.review.cell_spec import CellSpec
from hackmentor.review.read_files import read_yaml_mapping
from hackmentor.review.step_progress import StepProgress, read_step_progress

# Points of a curve: more than a screen can tell apart in a chart of several.
_MAX_POINTS = 240


@dataclass(frozen=True)
class Curve:
    """Steps and losses in nats a token, thinned evenly; `left_out` counts the points that are missing."""

    steps: list[int]
    losses: list[float]
    left_out: int


@dataclass(frozen=True)
class CellReport:
    """What is known of a cell. Figures that don't exist yet are None: seconds, tokens a second, MB, nats a token."""

    spec: CellSpec
    state: CellState
    config: Mapping[str, Any]
    card: Mapping[str, Any]
    training_curve: Curve
    validation_curve: Curve
    tokens_per_second: float | None
    step_progress: StepProgress
    figures: Mapping[str, float] = field(default_factory=dict)


def read_cell(spec: CellSpec) -> CellReport:
    """Reads the folder of a cell. Raises UserError, naming the file, if one can't be read."""
    folder = spec.folder
    rows = read_metric_rows(folder.metrics)
    speeds = [speed for _, speed in select_metric(rows, "tokens_per_second")]
    card = read_shaped(folder.card, Card) or {}
    training = select_metric(rows, "loss")
    skipped = CellState("skipped", spec.impossible_reason) if spec.impossible_reason else None
    state = skipped or read_cell_state(folder)
    logged_steps = training[-1][0] + 1 if training else 0
    return CellReport(
        spec,
        state,
        read_yaml_mapping(folder.config) or spec.config,
        card,
        _build_curve(training),
        _build_curve(select_metric(rows, "val_loss")),
        median(speeds) if speeds else None,
        read_step_progress(folder, logged_steps, is_running=state.state == "running"),
        card.get("figures", {}),
    )


def _build_curve(points: list[tuple[int, float]]) -> Curve:
    stride = -(-len(points) // _MAX_POINTS) or 1
    kept = points[::stride]
    if points and kept[-1] != points[-1]:
        kept.append(points[-1])
    return Curve([step for step, _ in kept], [round(loss, 4) for _, loss in kept], len(points) - len(kept))
