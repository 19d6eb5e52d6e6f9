"""Reads metrics.csv. Without Lightning, so that a review of many cells opens at once."""

from __future__ import annotations

import csv
from pathlib import Path


def read_rows(file: Path) -> list[dict[str, str]]:
    """The rows of a metrics.csv; a last one that was cut off in the middle is left out."""
    if not file.is_file():
        return []
    with file.open(encoding="utf-8", newline="") as stream:
        whole = [line for line in stream if line.endswith("\n")]
    return list(csv.DictReader(whole))
