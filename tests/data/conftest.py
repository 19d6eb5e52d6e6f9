"""Both datasets, built once from the real packages."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hackmentor.data.build import build_dataset
from hackmentor.data.recipe import DatasetRecipe
from hackmentor.records.dataset_card import DatasetCard
from hackmentor.records.record import Record, read_records

SOURCES = ("cwe", "attack", "sigma")


MakeRecipe = Callable[..., DatasetRecipe]


def _recipe(shape: str, **changes: Any) -> DatasetRecipe:
    return DatasetRecipe(
        **({"name": shape, "shape": shape, "sources": SOURCES, "seed": 7, "eval_fraction": 0.1} | changes)
    )


class Built:
    def __init__(self, directory: Path, card: DatasetCard) -> None:
        self.directory = directory
        self.card = card
        self.train: list[Record] = read_records(directory / "train.jsonl")
        self.eval: list[Record] = read_records(directory / "eval.jsonl")

    @property
    def all(self) -> list[Record]:
        return [*self.train, *self.eval]


@pytest.fixture(scope="session", params=["iio", "turn"])
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Built:
    directory = tmp_path_factory.mktemp(request.param)
    return Built(directory, build_dataset(_recipe(request.param, max_train=3_000, max_eval=500), directory))


@pytest.fixture(scope="session")
def recipe() -> MakeRecipe:
    """The recipe of a shape, with changes."""
    return _recipe
