"""Find a trained cell by its name alone: its folder, and the configuration that it was trained with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import ValidationError

from hackmentor.cell import CellFolder
from hackmentor.config.explain import nearest
from hackmentor.config.schema import Config
from hackmentor.errors import UserError


@dataclass(frozen=True)
class FoundCell:
    """A cell that is trained. `config` is its own; only the paths may be the finder's."""

    folder: CellFolder
    config: Config

    @property
    def name(self) -> str:
        """As in the grid: smollm2-135m-lora-iio."""
        return self.folder.path.name


def cell_words(words: Sequence[str]) -> list[str]:
    """A command line in which a cell's name is the only word without a `=`, as overrides.

    experiment=NAME says where to look, here: it chooses no grid.
    """
    found = [word if "=" in word or word.startswith("-") else f"cell={word}" for word in words]
    return [f"within={word.removeprefix('experiment=')}" if word.startswith("experiment=") else word for word in found]


def find_cell(name: str, outputs: Path, experiment: str | None = None) -> FoundCell:
    """The finished cell of this name below outputs/.

    Raises:
        UserError: if there is none, it is in several experiments, it is not finished, or its config.yaml is damaged.
    """
    known = sorted(file.parent for file in outputs.glob(f"{experiment or '*'}/*/config.yaml"))
    folders = [folder for folder in known if folder.name == name]
    if not folders:
        where = outputs / experiment if experiment else outputs
        hint = nearest(name, sorted({folder.name for folder in known})) if known else "no cell has been trained there"
        raise UserError(f"{name}: there is no such cell in {where}; {hint}")
    if len(folders) > 1:
        experiments = ", ".join(folder.parent.name for folder in folders)
        raise UserError(f"{name}: is in several experiments ({experiments}); add experiment=NAME")
    folder = CellFolder(folders[0])
    if not folder.done.is_file():
        raise UserError(
            f"{folder.path}: is not finished; `hackmentor status` says how far it is, and the same `hackmentor train` "
            "goes on with it"
        )
    return FoundCell(folder, _read_config(folder.config))


def _read_config(file: Path) -> Config:
    try:
        return Config.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")), strict=False)
    except (yaml.YAMLError, UnicodeDecodeError, ValidationError) as error:
        reason = str(error).strip().splitlines()
        raise UserError(
            f"{file}: is not the configuration of a cell of this version ({' '.join(reason[:2])}); "
            "train the cell again with the same words"
        ) from error
