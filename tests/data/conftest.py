"""Both datasets, built once from the real packages."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hackmentor.data.build import build_dataset
from hackmentor.data.card import Card
from hackmentor.data.records import Record, read_records

SOURCES = ("cwe", "attack", "sigma")


Arguments = Callable[..., dict[str, Any]]
MakeRecord = Callable[..., Record]


def _arguments(shape: str, **changes: Any) -> dict[str, Any]:
    base = {
        "name": shape,
        "shape": shape,
        "sources": SOURCES,
        "seed": 7,
        "eval_fraction": 0.1,
        "max_train": None,
        "max_eval": None,
    }
    return base | changes


class Built:
    def __init__(self, directory: Path, card: Card) -> None:
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
    limits = {"max_train": 3_000, "max_eval": 500}
    return Built(directory, build_dataset(directory=directory, **_arguments(request.param, **limits)))


@pytest.fixture(scope="session")
def arguments() -> Arguments:
    """Arguments of a build, with changes."""
    return _arguments


@pytest.fixture(scope="session")
def iio() -> MakeRecord:
    """Small iio records, told apart by a number."""

    def make(number: int = 0, **changes: str) -> Record:
        fields = {
            "id": f"r{number}",
            "source": "cwe",
            "upstream_id": "CWE-79",
            "upstream_version": "4.14",
            "licence": "terms",
            "made_by": "template:cwe.explain",
            "task": "cwe.explain",
            "instruction": f"Question {number}?",
            "output": "Answer.\nTwo lines — and a dash.",
        }
        return Record(shape="iio", messages=(), **(fields | changes))

    return make
