"""Reads metrics.csv, without Lightning, so that many cells are read fast."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from math import isfinite
from pathlib import Path

from hackmentor.runtime.errors import UserError


def read_metric_rows(file: Path) -> list[dict[str, str]]:
    """Reads the rows of a metrics.csv, none if there is no such file; an incomplete last line is left out.

    Raises:
        UserError: if it is no CSV, naming it. What is not UTF-8 is replaced: it is no figure.
    """
    if not file.is_file():
        return []
    with file.open(encoding="utf-8", errors="replace", newline="") as stream:
        complete_lines = [line for line in stream if line.endswith("\n")]
    try:
        return list(csv.DictReader(complete_lines))
    except csv.Error as error:
        raise UserError(f"{file}: is no CSV ({error}); remove it, and the cell has no curves") from None


def select_metric(rows: Sequence[dict[str, str]], name: str) -> list[tuple[int, float]]:
    """The steps at which a metric was logged, and its values; those that are not finite numbers are no points."""
    points = []
    for row in rows:
        try:
            step, value = int(row["step"]), float(row.get(name) or "nan")
        except (ValueError, TypeError, KeyError):
            continue
        if isfinite(value):
            points.append((step, value))
    return points
