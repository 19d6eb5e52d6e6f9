"""Reads metrics.csv, without Lightning, so that many cells are read fast."""

from __future__ import annotations

import csv
from pathlib import Path


def read_metric_rows(file: Path) -> list[dict[str, str]]:
    """Reads the rows of a metrics.csv, none if there is no such file; an incomplete last line is left out."""
    if not file.is_file():
        return []
    with file.open(encoding="utf-8", newline="") as stream:
        complete_lines = [line for line in stream if line.endswith("\n")]
    return list(csv.DictReader(complete_lines))
