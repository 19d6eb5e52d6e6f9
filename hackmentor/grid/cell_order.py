"""In which order the cells of a grid are run."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from hackmentor.config.compose import Cell
from hackmentor.config.schema import Config
from hackmentor.model.base import base_folder
from hackmentor.model.geometry import Geometry, from_config_json
from hackmentor.records.dataset_card import load_card
from hackmentor.records.dataset_folder import data_folder


def ordered(cells: Sequence[Cell], order: str) -> list[Cell]:
    """The cells in the order of grid.order; cells that are alike in it stay as they were given."""
    if order == "cheapest":
        return sorted(cells, key=lambda cell: cost(cell.config))
    if order == "base":
        first = {name: place for place, name in reversed(list(enumerate(cell.config.untuned for cell in cells)))}
        return sorted(cells, key=lambda cell: first[cell.config.untuned])
    return list(cells)


def cost(config: Config) -> int:
    """How much work a cell is, beside others: the parameters of its base times the records that it reads.

    Raises:
        UserError: if its data or base is not there.
    """
    records = _records(data_folder(config).card)
    epochs, train = config.trainer.max_epochs, config.train
    read = epochs * min(records, train.max_records or records)
    if config.trainer.max_steps > 0:
        read = min(read, config.trainer.max_steps * train.batch_size)
    stated = config.checkpoint.geometry
    there = Geometry(**stated.model_dump()).parameters() if stated and not config.base.path else None
    return read * (there or _parameters(base_folder(config) / "config.json"))


@cache
def _records(card: Path) -> int:
    return load_card(card).train.total


@cache
def _parameters(file: Path) -> int:
    return from_config_json(json.loads(file.read_text(encoding="utf-8")), str(file)).parameters()
