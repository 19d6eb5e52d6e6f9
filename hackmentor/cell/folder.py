"""The folder of a cell: what lies where, and whether the cell is done.

Training writes here; evaluation, review and chat read here. Imports nothing heavy.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path

import yaml

from hackmentor.cell.fingerprint import deciding, differences, fingerprint
from hackmentor.config.schema import Config
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.files import read_json, write_json, write_text


@dataclass(frozen=True)
class CellFolder:
    """outputs/{experiment}/{cell}."""

    path: Path

    @property
    def adapter(self) -> Path:
        """The trained weights with tokenizer and template; for method=full the whole model."""
        return self.path / "adapter"

    @property
    def card(self) -> Path:
        """What the cell is made of, and what training it took."""
        return self.path / "card.json"

    @property
    def config(self) -> Path:
        """The resolved configuration."""
        return self.path / "config.yaml"

    @property
    def checkpoints(self) -> Path:
        """States in the middle of training."""
        return self.path / "checkpoints"

    @property
    def start(self) -> Path:
        """The adapter before its first step, for a method that can't do without it."""
        return self.checkpoints / "start"

    @property
    def metrics(self) -> Path:
        """The history of the fit, a row a step."""
        return self.path / "metrics.csv"

    @property
    def log(self) -> Path:
        """What its processes said, every attempt after the one before."""
        return self.path / "train.log"

    @property
    def progress(self) -> Path:
        """How far the fit is, for who watches: can be removed at any time."""
        return self.path / "progress.json"

    @property
    def earlier(self) -> Path:
        """What grid.retry=all has put aside, numbered."""
        return self.path / "earlier"

    @property
    def run(self) -> Path:
        """The id of the cell's run in the tracker, which every attempt at the cell continues."""
        return self.path / "run.json"

    @property
    def lock(self) -> Path:
        """Locked while a process trains the cell."""
        return self.path / "train.lock"

    @property
    def done(self) -> Path:
        """Written last: no done.json, not done."""
        return self.path / "done.json"

    def is_done(self, config: Config) -> bool:
        """Whether the cell is trained with just this configuration and data.

        Raises:
            UserError: if it is done with another one, naming what differs: a finished cell is not overwritten.
        """
        done = read_json(self.done)
        if done is None:
            return False
        if done["fingerprint"] == fingerprint(config):
            return True
        differs = differences(done["decided_by"], deciding(config))
        raise UserError(
            f"{self.path} is finished with another configuration ({differs}). "
            "Give this one another experiment=NAME or name=NAME, or remove that folder"
        )

    def loss(self) -> float:
        """The held-out loss of a cell that is done, in nats a token."""
        return float(read_json(self.card)["figures"]["val_loss"])

    def set_aside(self) -> None:
        """Moves all that the cell has produced into a new folder in `earlier`: the next training begins at the start.

        Whoever calls holds the lock.
        """
        left = [file for file in self.path.iterdir() if file not in (self.lock, self.earlier)]
        if not left:
            return
        number = 1 + max((int(one.name) for one in self.earlier.glob("[0-9]*")), default=0)
        target = self.earlier / str(number)
        target.mkdir(parents=True)
        # done.json first: what is cut short here is not done.
        for file in sorted(left, key=lambda file: file != self.done):
            file.replace(target / file.name)

    def write_config(self, config: Config) -> None:
        """Writes config.yaml."""
        write_text(self.config, yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False, allow_unicode=True))

    def run_id(self) -> str:
        """The id of the cell's run in the tracker: made at the first attempt, read at each later one."""
        known = read_json(self.run)
        if known is None:
            known = {"id": secrets.token_hex(4)}
            write_json(self.run, known)
        return str(known["id"])

    def mark_done(self, config: Config) -> None:
        """Writes done.json."""
        write_json(self.done, {"fingerprint": fingerprint(config), "decided_by": deciding(config)})


def cell_folder(config: Config) -> CellFolder:
    """Where a cell lives."""
    return CellFolder(Path(config.paths.outputs) / config.experiment / config.name)
