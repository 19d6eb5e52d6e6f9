"""The order in which the cells of a grid are run."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from hackmentor.config.compose import ComposedCell
from hackmentor.config.schema import Config
from hackmentor.model.base import find_base_folder
from hackmentor.model.config_geometry import read_geometry
from hackmentor.model.geometry import Geometry
from hackmentor.records.dataset_card import read_dataset_card
from hackmentor.records.dataset_folder import locate_dataset


def sort_cells(cells: Sequence[ComposedCell], order: str) -> list[ComposedCell]:
    """Sorts cells by grid.order (`base`, `cheapest` or `as_given`); the sort is stable."""
    if order == "cheapest":
        return sorted(cells, key=lambda cell: estimate_cost(cell.config))
    if order == "base":
        first = {name: index for index, name in reversed(list(enumerate(cell.config.untuned for cell in cells)))}
        return sorted(cells, key=lambda cell: first[cell.config.untuned])
    return list(cells)


def estimate_cost(config: Config) -> int:
    """The relative cost of training a cell: the parameters of its base times the records that training reads.

    Raises:
        UserError: if its data or base is missing.
    """
    records = _count_records(locate_dataset(config).card)
    epochs, train = config.trainer.max_epochs, config.train
    records_read = epochs * min(records, train.max_records or records)
    if config.trainer.max_steps > 0:
        records_read = min(records_read, config.trainer.max_steps * train.batch_size)
    published = config.checkpoint.geometry
    parameters = Geometry(**published.model_dump()).parameters() if published and not config.base.path else None
    return records_read * (parameters or _count_parameters(find_base_folder(config) / "config.json"))


@cache
def _count_records(card: Path) -> int:
    dataset = read_dataset_card(card)
    return dataset.train.total + dataset.copy_count


@cache
def _count_parameters(file: Path) -> int:
    return read_geometry(json.loads(file.read_text(encoding="utf-8")), str(file)).parameters()
