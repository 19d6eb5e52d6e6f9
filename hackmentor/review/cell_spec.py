"""A cell as a request names it, before anything of it is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hackmentor.cell.folder import CellFolder


@dataclass(frozen=True)
class CellSpec:
    """A cell of a grid: its options by group, its whole configuration, and the command that trains it.

    `untuned` is the name of its untuned base. `impossible_reason` says why its settings cannot go together, if so.
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
    impossible_reason: str = ""
