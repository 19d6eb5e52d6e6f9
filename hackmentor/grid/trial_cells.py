"""Which cell each trial of a search is: noted in the search's file by who searches, read from there without Optuna."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from optuna import Trial

FILE = "search.jsonl"
_CELL = "cell"


@dataclass(frozen=True)
class Tried:
    """A cell of a search: the numbers of the trials that came upon it, its name, its overrides, the values by key."""

    numbers: tuple[int, ...]
    name: str
    overrides: tuple[str, ...]
    values: Mapping[str, Any]


def note(trial: Trial, name: str, overrides: Sequence[str]) -> None:
    """Notes the cell of a trial in the search's file."""
    trial.set_user_attr(_CELL, {"name": name, "overrides": list(overrides), "values": trial.params})


def read_tried(file: Path) -> list[Tried]:
    """The cells of a search in the order of their first trials; none where there is no file.

    Of Optuna's journal (a line of JSON a change) this needs no more than how an attribute of a trial is written. A line
    that is being written is left for the next look.
    """
    found: dict[str, Tried] = {}
    for number, cell in _noted(file):
        first = found.get(cell["name"]) or Tried((), cell["name"], tuple(cell["overrides"]), cell["values"])
        found[first.name] = replace(first, numbers=(*first.numbers, number))
    return list(found.values())


def _noted(file: Path) -> list[tuple[int, dict[str, Any]]]:
    if not file.is_file():
        return []
    noted = []
    for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            change = json.loads(line)
        except ValueError:
            continue
        if cell := change.get("user_attr", {}).get(_CELL):
            noted.append((int(change["trial_id"]), cell))
    return noted
