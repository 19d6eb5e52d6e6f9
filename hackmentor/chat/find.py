"""What can be talked to by name: the cells in outputs/, the adapters in models/lora_models/. Imports nothing heavy."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from hackmentor.cell import CellFolder
from hackmentor.errors import UserError
from hackmentor.terminal import inert

# The place of adapters that were put here by hand, beside the experiments.
LORA_MODELS = "lora_models"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True)
class Found:
    """An adapter by its cell's name. `place` is its experiment, or lora_models; `config` may be missing there."""

    place: str
    name: str
    adapter: Path
    config: Path

    def __str__(self) -> str:
        return f"{self.place}/{self.name}"


def everything(outputs: Path, models: Path) -> list[Found]:
    """All finished cells and all adapters that were put into models/lora_models, by name."""
    cells = [
        Found(folder.parent.name, folder.name, CellFolder(folder).adapter, CellFolder(folder).config)
        for folder in _folders(outputs, "*/*")
        if CellFolder(folder).done.is_file()
    ]
    by_hand = [
        Found(LORA_MODELS, folder.name, weights, folder / "config.yaml")
        for folder in _folders(models / LORA_MODELS, "*")
        # A cell's whole folder may have been put there too.
        for weights in (folder, folder / "adapter")
        if (weights / "adapter_config.json").is_file()
    ]
    return sorted([*cells, *by_hand], key=lambda one: (one.name, one.place))


def find(name: str, place: str | None, outputs: Path, models: Path) -> Found | None:
    """The one adapter of this name, `CELL` or `EXPERIMENT/CELL`; None if there is none.

    Args:
        name: as typed.
        place: only in this experiment; None looks everywhere.
        outputs: the folder of experiments.
        models: the folder above lora_models.

    Raises:
        UserError: if there are several, listing them, or if the cell is not trained to its end.
    """
    where, _, cell = name.rpartition("/")
    where = where or place or ""
    if where and not _NAME.fullmatch(where):
        return None
    found = [one for one in everything(outputs, models) if one.name == cell and where in ("", one.place)]
    if len(found) > 1:
        raise UserError(f"there are several {inert(cell)}: {', '.join(map(str, found))}; say which by its whole name")
    if not found and (begun := [folder for folder in _folders(outputs, f"{where or '*'}/*") if folder.name == cell]):
        raise UserError(f"{begun[0]} is not trained to its end; `hackmentor train` with its words goes on with it")
    return found[0] if found else None


def _folders(above: Path, pattern: str) -> list[Path]:
    return [folder for folder in above.glob(pattern) if folder.is_dir() and _NAME.fullmatch(folder.name)]
