"""What finished cells tell: the speed that one of the same kind reached, and what this very cell took."""

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
_WARM_UP = 2


@dataclass(frozen=True)
class Measured:
    """What a finished cell took."""

    peak_bytes: float
    seconds: float
    steps: int
    tokens: int
    """Of one epoch."""


def measured(folder: CellFolder) -> Measured | None:
    """What the card of a finished cell says; None where it lacks a figure."""
    card = read_json(folder.card) or {}
    try:
        figures = card["figures"]
        return Measured(
            peak_bytes=float(figures["peak_memory_mb"]) * 1e6,
            seconds=float(figures["wall_seconds"]),
            steps=int(figures["steps"]),
            tokens=int(card["data"]["tokens"]),
        )
    except (KeyError, TypeError, ValueError):
        return None


def earlier_speed(outputs: Path, kind: Mapping[str, Any]) -> Speed | None:
    """The median speed of the most recent finished cell of a kind (see `kind_of`) under outputs/."""
    done = sorted(outputs.glob("*/*/done.json"), key=lambda file: file.stat().st_mtime, reverse=True)
    for folder in (CellFolder(file.parent) for file in done):
        alike = folder.config.is_file() and kind_of(yaml.safe_load(folder.config.read_text(encoding="utf-8"))) == kind
        if alike and (speed := _median(folder.metrics)) is not None:
            return Speed(speed, f"as {folder.path} reached here")
    return None


def kind_of(config: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a configuration that decides how fast tokens go, as long as the machine is the same."""
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


def _median(metrics: Path) -> float | None:
    if not metrics.is_file():
        return None
    with metrics.open(encoding="utf-8", newline="") as stream:
        told = [float(row["tokens_per_second"]) for row in csv.DictReader(stream) if row.get("tokens_per_second")]
    return statistics.median(told[_WARM_UP:]) if len(told) > _WARM_UP else None
