"""Find a trained cell by its name: in outputs/, or as an adapter in models/lora_models/. Imports nothing heavy."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import ValidationError

from hackmentor.cell.folder import CellFolder
from hackmentor.config.error_messages import nearest
from hackmentor.config.schema import Config
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.terminal import inert

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


@dataclass(frozen=True)
class FoundCell:
    """A finished cell. `config` is its own; only the paths may be the finder's."""

    folder: CellFolder
    config: Config

    @property
    def name(self) -> str:
        """As in the grid: smollm2-135m-lora-iio."""
        return self.folder.path.name


def named(words: Sequence[str], *, others: str | None = None) -> tuple[str | None, tuple[str, ...]]:
    """The name in a command line, if there is one, and the overrides beside it; `others` is the key for a second name.

    Raises:
        UserError: for two names.
    """
    names = [word for word in words if "=" not in word and not word.startswith("~")]
    if len(names) > 1:
        way_out = f"; write {others}={inert(names[1])} for two beside each other" if others else ""
        raise UserError(f"{inert(' '.join(names))}: one name at a time{way_out}")
    return (names[0] if names else None), tuple(word for word in words if word not in names)


def everything(outputs: Path, models: Path | None) -> list[Found]:
    """All finished cells, and all adapters that were put into models/lora_models, by name."""
    cells = [
        Found(folder.parent.name, folder.name, CellFolder(folder).adapter, CellFolder(folder).config)
        for folder in _folders(outputs, "*/*")
        if CellFolder(folder).done.is_file()
    ]
    by_hand = [
        Found(LORA_MODELS, folder.name, weights, folder / "config.yaml")
        for folder in (_folders(models / LORA_MODELS, "*") if models else [])
        # A cell's whole folder may have been put there too.
        for weights in (folder, folder / "adapter")
        if (weights / "adapter_config.json").is_file()
    ]
    return sorted([*cells, *by_hand], key=lambda one: (one.name, one.place))


def find(name: str, place: str | None, outputs: Path, models: Path | None) -> Found | None:
    """The one adapter of this name, `CELL` or `EXPERIMENT/CELL`; None if there is none.

    Args:
        name: as typed.
        place: only in this experiment; None looks everywhere.
        outputs: the folder of experiments.
        models: the folder above lora_models; None looks in outputs alone.

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


def find_cell(name: str, outputs: Path) -> FoundCell:
    """The finished cell of this name, `CELL` or `EXPERIMENT/CELL`, below outputs/.

    Raises:
        UserError: as `find`; or if there is none, or its config.yaml is damaged.
    """
    found = find(name, None, outputs, None)
    if found is None:
        known = list(dict.fromkeys(one.name for one in everything(outputs, None)))
        hint = nearest(name, known) if known else "no cell has been trained there"
        raise UserError(f"{inert(name)}: there is no such cell in {outputs}; {hint}")
    return FoundCell(CellFolder(found.config.parent), _read_config(found.config))


def _folders(above: Path, pattern: str) -> list[Path]:
    return [folder for folder in above.glob(pattern) if folder.is_dir() and _NAME.fullmatch(folder.name)]


def _read_config(file: Path) -> Config:
    try:
        return Config.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")), strict=False)
    except (yaml.YAMLError, UnicodeDecodeError, ValidationError) as error:
        reason = str(error).strip().splitlines()
        raise UserError(
            f"{file}: is not the configuration of a cell of this version ({' '.join(reason[:2])}); "
            "train the cell again with the same words"
        ) from error
