"""The folder of a data set: what lies where. Imports nothing heavy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hackmentor.config.schema import Config
from hackmentor.records.dataset_card import load_card
from hackmentor.runtime.errors import UserError


@dataclass(frozen=True)
class DataFolder:
    """A data set that `hackmentor data` built."""

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
        """What the data set is made of."""
        return self.path / "card.json"

    @property
    def encoded(self) -> Path:
        """Its records as tokens, by template and settings: can be removed at any time."""
        return self.path / "encoded"

    @property
    def lock(self) -> Path:
        """Locked while a process builds it."""
        return self.path / "build.lock"

    def sha256(self) -> dict[str, str]:
        """The hashes of its files, from its card.

        Raises:
            UserError: if the data set is not there.
        """
        if not self.card.is_file():
            raise UserError(f"{self.path}: no data set there; run `hackmentor data data={self.path.name}` first")
        return dict(load_card(self.card).files)


def data_folder(config: Config) -> DataFolder:
    """Where the data set of a cell lives."""
    return DataFolder(Path(config.paths.data) / config.data.name)
