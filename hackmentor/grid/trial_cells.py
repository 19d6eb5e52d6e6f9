"""The cells of a search's trials: recorded in the study's file by the sweeper, read from there without Optuna."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from optuna import Trial

STUDY_FILE = "search.jsonl"
_CELL_ATTRIBUTE = "cell"


@dataclass(frozen=True)
class TrialCell:
    """A cell of a search: the numbers of the trials that drew it, its name, its overrides, and its values by key."""

    trial_numbers: tuple[int, ...]
    name: str
    overrides: tuple[str, ...]
    values: Mapping[str, Any]


def record_trial_cell(trial: Trial, name: str, overrides: Sequence[str]) -> None:
    """Records the cell of a trial in the study's file."""
    trial.set_user_attr(_CELL_ATTRIBUTE, {"name": name, "overrides": list(overrides), "values": trial.params})


def read_trial_cells(file: Path) -> list[TrialCell]:
    """Reads the cells of a search in the order of their first trials; none if there is no file.

    Of Optuna's journal (one line of JSON per change) only the lines that set an attribute of a trial matter. An
    incomplete last line, which is still being written, is skipped.
    """
    cells: dict[str, TrialCell] = {}
    for number, content in _read_recorded_cells(file):
        name = content["name"]
        cell = cells.get(name) or TrialCell((), name, tuple(content["overrides"]), content["values"])
        cells[name] = replace(cell, trial_numbers=(*cell.trial_numbers, number))
    return list(cells.values())


def _read_recorded_cells(file: Path) -> list[tuple[int, dict[str, Any]]]:
    if not file.is_file():
        return []
    recorded = []
    for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            change = json.loads(line)
        except ValueError:
            continue
        if cell := change.get("user_attr", {}).get(_CELL_ATTRIBUTE):
            recorded.append((int(change["trial_id"]), cell))
    return recorded
