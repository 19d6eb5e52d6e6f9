"""Measurements of finished cells: the speed of a comparable one, and what a given cell took."""

from __future__ import annotations

import csv
import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from hackmentor.cell.folder import CellFolder
from hackmentor.plan.step_time import Speed
from hackmentor.runtime.files import read_json

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
    card = read_json(folder.card) or {}
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
        config = yaml.safe_load(folder.config.read_text(encoding="utf-8"))
        if build_speed_key(config) == speed_key and (speed := _read_median_speed(folder.metrics)) is not None:
            return Speed(speed, f"as {folder.path} reached here")
    return None


def build_speed_key(config: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a configuration that determines the tokens per second on a given machine."""
    train, trainer = config.get("train", {}), config.get("trainer", {})
    return {
        "base": config.get("base", {}).get("name"),
        "size": config.get("size", {}).get("name"),
        "path": config.get("base", {}).get("path"),
        "quant": config.get("quant", {}).get("name"),
        "method": config.get("method"),
        "train": {key: train.get(key) for key in ("cutoff", "micro_batch_tokens")},
        "trainer": {key: trainer.get(key) for key in ("accelerator", "devices", "num_nodes", "precision")},
    }


def _read_median_speed(metrics: Path) -> float | None:
    if not metrics.is_file():
        return None
    with metrics.open(encoding="utf-8", newline="") as stream:
        speeds = [float(row["tokens_per_second"]) for row in csv.DictReader(stream) if row.get("tokens_per_second")]
    return statistics.median(speeds[_WARM_UP_STEPS:]) if len(speeds) > _WARM_UP_STEPS else None
