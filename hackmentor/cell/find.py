"""Finds a trained cell by its name: in outputs/, or as an adapter in models/lora_models/. Imports nothing heavy."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from hackmentor.cell.folder import CellFolder
from hackmentor.config.error_messages import suggest_nearest
from hackmentor.config.schema import Config
from hackmentor.runtime.bounded_yaml import read_yaml
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.terminal import escape_control_characters

# The folder of adapters that were put there by hand; it counts as an experiment.
LORA_MODELS = "lora_models"
_NAME_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True)
class FoundAdapter:
    """An adapter found by its cell's name.

    `experiment` is lora_models for an adapter that was put there by hand; its `config` may not exist.
    """

    experiment: str
    name: str
    adapter: Path
    config: Path

    def __str__(self) -> str:
        return f"{self.experiment}/{self.name}"


@dataclass(frozen=True)
class TrainedCell:
    """A finished cell with its own configuration, whose paths may be those of the machine that trained it."""

    folder: CellFolder
    config: Config

    @property
    def name(self) -> str:
        """The cell's name, as in its grid: smollm2-135m-lora-iio."""
        return self.folder.path.name


def split_name_and_overrides(
    arguments: Sequence[str], *, second_name_key: str | None = None
) -> tuple[str | None, tuple[str, ...]]:
    """Splits a command line into the name of a cell, if there is one, and the overrides.

    Args:
        arguments: names and overrides in any order.
        second_name_key: the key for a second name, which the message for two names suggests.

    Raises:
        UserError: for two names.
    """
    names = [argument for argument in arguments if "=" not in argument and not argument.startswith("~")]
    if len(names) > 1:
        shown, second = escape_control_characters(" ".join(names)), escape_control_characters(names[1])
        way_out = f"; write {second_name_key}={second} for two beside each other" if second_name_key else ""
        raise UserError(f"{shown}: one name at a time{way_out}")
    return (names[0] if names else None), tuple(argument for argument in arguments if argument not in names)


def list_adapters(outputs: Path, models: Path | None) -> list[FoundAdapter]:
    """All finished cells below outputs/, and all adapters in models/lora_models, sorted by name."""
    cells = [
        FoundAdapter(folder.parent.name, folder.name, CellFolder(folder).adapter, CellFolder(folder).config)
        for folder in _list_named_folders(outputs, "*/*")
        if CellFolder(folder).done.is_file()
    ]
    put_by_hand = [
        FoundAdapter(LORA_MODELS, folder.name, weights, folder / "config.yaml")
        for folder in (_list_named_folders(models / LORA_MODELS, "*") if models else [])
        # A cell's whole folder may have been put there too.
        for weights in (folder, folder / "adapter")
        if (weights / "adapter_config.json").is_file()
    ]
    return sorted([*cells, *put_by_hand], key=lambda adapter: (adapter.name, adapter.experiment))


def find_adapter(name: str, experiment: str | None, outputs: Path, models: Path | None) -> FoundAdapter | None:
    """Finds the adapter of a cell by its name; None if there is none.

    Args:
        name: `CELL` or `EXPERIMENT/CELL`.
        experiment: look only there, unless `name` says where; None looks everywhere.
        outputs: the folder of experiments.
        models: the folder above lora_models; None looks in outputs only.

    Raises:
        UserError: if several have this name, listing them, or if the cell's training is not finished.
    """
    named_experiment, _, cell = name.rpartition("/")
    experiment = named_experiment or experiment or ""
    if experiment and not _NAME_PATTERN.fullmatch(experiment):
        return None
    found = [
        adapter
        for adapter in list_adapters(outputs, models)
        if adapter.name == cell and experiment in ("", adapter.experiment)
    ]
    if len(found) > 1:
        listed = ", ".join(map(str, found))
        raise UserError(f"there are several {escape_control_characters(cell)}: {listed}; say which by its whole name")
    if found:
        return found[0]
    unfinished = [
        folder
        for folder in _list_named_folders(outputs, f"{experiment or '*'}/*")
        if folder.name == cell and CellFolder(folder).is_begun()
    ]
    if unfinished:
        raise UserError(
            f"{unfinished[0]} is not trained to its end; `hackmentor train` with the same arguments continues it"
        )
    return None


def find_cell(name: str, outputs: Path) -> TrainedCell:
    """Finds the finished cell of this name, `CELL` or `EXPERIMENT/CELL`, below outputs/.

    Raises:
        UserError: as `find_adapter`; or if there is none, or its config.yaml is damaged.
    """
    found = find_adapter(name, None, outputs, None)
    if found is None:
        known_names = list(dict.fromkeys(adapter.name for adapter in list_adapters(outputs, None)))
        hint = suggest_nearest(name, known_names) if known_names else "no cell has been trained there"
        raise UserError(f"{escape_control_characters(name)}: there is no such cell in {outputs}; {hint}")
    return TrainedCell(CellFolder(found.config.parent), _read_config(found.config))


def _list_named_folders(parent: Path, pattern: str) -> list[Path]:
    return [folder for folder in parent.glob(pattern) if folder.is_dir() and _NAME_PATTERN.fullmatch(folder.name)]


def _read_config(file: Path) -> Config:
    try:
        return Config.model_validate(read_yaml(file), strict=False)
    except ValidationError as error:
        lines = str(error).strip().splitlines()
        raise UserError(
            f"{file}: is not the configuration of a cell of this version ({' '.join(lines[:2])}); "
            "train the cell again with the same arguments"
        ) from error
