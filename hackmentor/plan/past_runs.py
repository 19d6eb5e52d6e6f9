"""Measurements of finished cells: the speed of a comparable one, and what a given cell took."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hackmentor.cell.folder import CellFolder
from hackmentor.cell.metrics import read_metric_rows, select_metric
from hackmentor.plan.step_time import Speed
from hackmentor.runtime.bounded_yaml import read_yaml
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.files import read_json_object

# The first steps fill caches and reserve memory.
_WARM_UP_STEPS = 2


@dataclass(frozen=True)
class MeasuredRun:
    """Memory, time and size of a finished run. The field names are those of the JSON output."""

    peak_bytes: float
    seconds: float
    steps: int
    tokens: int
    """Tokens in one epoch."""


def read_measured_run(folder: CellFolder) -> MeasuredRun | None:
    """Reads the measurements from the card of a finished cell; None if the card lacks one."""
    card = read_json_object(folder.card) or {}
    try:
        figures = card["figures"]
        return MeasuredRun(
            peak_bytes=float(figures["peak_memory_mb"]) * 1e6,
            seconds=float(figures["wall_seconds"]),
            steps=int(figures["steps"]),
            tokens=int(card["data"]["tokens"]),
        )
    except (KeyError, TypeError, ValueError):
        return None


def find_past_speed(outputs: Path, speed_key: Mapping[str, Any]) -> Speed | None:
    """The median speed of the most recently finished cell under `outputs` with this speed key, or None."""
    done = sorted(outputs.glob("*/*/done.json"), key=lambda file: file.stat().st_mtime, reverse=True)
    for folder in (CellFolder(file.parent) for file in done):
        if not folder.config.is_file():
            continue
        try:
            config = read_yaml(folder.config)
            found = isinstance(config, Mapping) and build_speed_key(config) == speed_key
            speed = _read_median_speed(folder.metrics) if found else None
        except UserError:  # another cell's files are damaged, which is no reason not to plan
            continue
        if speed is not None:
            return Speed(speed, f"as {folder.path} reached here")
    return None


def build_speed_key(config: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a configuration that determines the tokens per second on a given machine."""
    sections = {name: section for name, section in config.items() if isinstance(section, Mapping)}
    base, train, trainer = (sections.get(name, {}) for name in ("base", "train", "trainer"))
    return {
        "base": base.get("name"),
        "size": sections.get("size", {}).get("name"),
        "path": base.get("path"),
        "quant": sections.get("quant", {}).get("name"),
        "method": config.get("method"),
        "train": {key: train.get(key) for key in ("cutoff", "micro_batch_tokens")},
        "recompute": train.get("recompute", "auto"),
        "trainer": {key: trainer.get(key) for key in ("accelerator", "devices", "num_nodes", "precision")},
    }


def _read_median_speed(metrics: Path) -> float | None:
    speeds = [speed for _, speed in select_metric(read_metric_rows(metrics), "tokens_per_second")]
    return statistics.median(speeds[_WARM_UP_STEPS:]) if len(speeds) > _WARM_UP_STEPS else None
