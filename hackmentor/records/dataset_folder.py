"""The folder of a dataset and the paths in it. Imports nothing heavy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hackmentor.config.schema import Config
from hackmentor.records.dataset_card import read_dataset_card
from hackmentor.runtime.errors import UserError


@dataclass(frozen=True)
class DatasetFolder:
    """The folder of a dataset that `hackmentor data` built."""

    path: Path

    @property
    def train(self) -> Path:
        """Records to train on."""
        return self.path / "train.jsonl"

    @property
    def held_out(self) -> Path:
        """Records that no training sees."""
        return self.path / "eval.jsonl"

    @property
    def card(self) -> Path:
        """The dataset card."""
        return self.path / "card.json"

    @property
    def encoded(self) -> Path:
        """The cache of encoded records, by template and settings: can be removed at any time."""
        return self.path / "encoded"

    @property
    def lock(self) -> Path:
        """Locked while a process builds it."""
        return self.path / "build.lock"

    def read_hashes(self) -> dict[str, str]:
        """The sha256 (hex) of each of its files by name, from its card.

        Raises:
            UserError: if the dataset does not exist.
        """
        if not self.card.is_file():
            raise UserError(f"{self.path}: no dataset there; run `hackmentor data data={self.path.name}` first")
        return dict(read_dataset_card(self.card).files)


def locate_dataset(config: Config) -> DatasetFolder:
    """The folder of the dataset of a cell."""
    return DatasetFolder(Path(config.paths.data) / config.data.name)
