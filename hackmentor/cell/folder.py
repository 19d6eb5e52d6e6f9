"""The folder of a cell: the paths of its files, and whether the cell is done.

Training writes them; evaluation, review and chat read them. Imports nothing heavy.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from hackmentor.cell.file_shapes import Card, CardOutcome, Done
from hackmentor.cell.fingerprint import compute_fingerprint, describe_differences, get_fingerprint_fields
from hackmentor.cell.shaped_files import read_shaped
from hackmentor.config.schema import Config
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.files import REMOVE_DAMAGED, read_json_object, write_json, write_text


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
        """Provenance and figures: data, base, adapter hash, versions, loss, time and memory of the training."""
        return self.path / "card.json"

    @property
    def config(self) -> Path:
        """The resolved configuration."""
        return self.path / "config.yaml"

    @property
    def checkpoints(self) -> Path:
        """The checkpoints of the training."""
        return self.path / "checkpoints"

    @property
    def initial_adapter(self) -> Path:
        """The adapter before its first step, for methods that need it to save the trained one."""
        return self.checkpoints / "start"

    @property
    def metrics(self) -> Path:
        """The history of the training, one row per step."""
        return self.path / "metrics.csv"

    @property
    def log(self) -> Path:
        """The log of its processes, of all attempts one after the other."""
        return self.path / "train.log"

    @property
    def progress(self) -> Path:
        """The progress of the training, for displays: can be removed at any time."""
        return self.path / "progress.json"

    @property
    def state(self) -> Path:
        """What the processes of the cell last said of it (`hackmentor.cell.state.record_state`)."""
        return self.path / "state.json"

    @property
    def earlier_attempts(self) -> Path:
        """The files of earlier attempts that grid.retry=all moved away, in numbered folders."""
        return self.path / "earlier"

    @property
    def tracker_run(self) -> Path:
        """The id of the cell's run in the tracker, which every attempt at the cell continues."""
        return self.path / "run.json"

    @property
    def lock(self) -> Path:
        """Locked while a process trains the cell."""
        return self.path / "train.lock"

    @property
    def done(self) -> Path:
        """Written last: without done.json a cell is not done."""
        return self.path / "done.json"

    def is_begun(self) -> bool:
        """Whether a training was begun here. A folder beside those of cells may hold the answers of a base or guest."""
        return any(
            path.exists() for path in (self.done, self.config, self.state, self.log, self.lock, self.checkpoints)
        )

    def refuse_linked_files(self) -> None:
        """Refuses a folder with a link where a file of the cell would be written, such as its log.

        A linked folder (checkpoints on another disk) is the user's to make.

        Raises:
            UserError: naming the link.
        """
        for path in sorted(self.path.glob("*")):
            if path.is_symlink() and not path.is_dir():
                raise UserError(f"{path}: is a link, and what a cell writes is not written through links; remove it")

    def is_done(self, config: Config) -> bool:
        """Whether the cell is done with exactly this configuration and data.

        Raises:
            UserError: if it is done with others, naming what differs: a finished cell is never overwritten.
        """
        done = read_shaped(self.done, Done)
        if done is None:
            return False
        if done["fingerprint"] == compute_fingerprint(config):
            return True
        differs = describe_differences(done["decided_by"], get_fingerprint_fields(config))
        if not differs:
            return True
        raise UserError(
            f"{self.path} is finished with another configuration ({differs}). "
            "Give this one another experiment_name=NAME or name=NAME, or remove that folder"
        )

    def read_card(self) -> dict[str, Any]:
        """Reads the card of a cell that is done. Raises UserError if it is missing or damaged."""
        card = read_shaped(self.card, Card)
        if card is None:
            raise UserError(f"{self.card}: is missing; restore it, or remove {self.done} and train the cell again")
        return card

    def read_held_out_loss(self) -> float:
        """Reads the held-out loss of a cell that is done, in nats per token."""
        card = read_shaped(self.card, CardOutcome)
        if card is None or "val_loss" not in card["figures"]:
            raise UserError(f"{self.card}: has no held-out loss; remove {self.done} to train the cell again")
        return float(card["figures"]["val_loss"])

    def archive_files(self) -> None:
        """Moves all files of the cell into a new folder in `earlier_attempts`, so that training starts over.

        The caller holds the lock.
        """
        files = [file for file in self.path.iterdir() if file not in (self.lock, self.earlier_attempts)]
        if not files:
            return
        number = 1 + max((int(folder.name) for folder in self.earlier_attempts.glob("[0-9]*")), default=0)
        target = self.earlier_attempts / str(number)
        target.mkdir(parents=True)
        # done.json first: if this is interrupted, the cell is not done.
        for file in sorted(files, key=lambda file: file != self.done):
            file.replace(target / file.name)

    def write_config(self, config: Config) -> None:
        """Writes config.yaml."""
        write_text(self.config, yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False, allow_unicode=True))

    def get_run_id(self) -> str:
        """The id of the cell's run in the tracker: created by the first attempt, read by later ones."""
        run = read_json_object(self.tracker_run)
        if run is None:
            run = {"id": secrets.token_hex(4)}
            write_json(self.tracker_run, run)
        if not run.get("id"):
            raise UserError(f"{self.tracker_run}: has no id; {REMOVE_DAMAGED}")
        return str(run["id"])

    def mark_done(
        self, config: Config, base: Mapping[str, Any] | None = None, versions: Mapping[str, str] | None = None
    ) -> None:
        """Writes done.json.

        Args:
            config: what decided the weights.
            base: which weights it was trained on (`hackmentor.model.identity.BaseWeights`).
            versions: of HackMentor and its libraries (`hackmentor.cell.versions`).
        """
        done: dict[str, Any] = {
            "fingerprint": compute_fingerprint(config),
            "decided_by": get_fingerprint_fields(config),
        }
        beside = {"base": base, "versions": versions}
        write_json(self.done, done | {name: dict(facts) for name, facts in beside.items() if facts is not None})

    def read_base(self) -> dict[str, Any] | None:
        """Which weights a finished cell was trained on; None if it is not done, or an earlier version did not say."""
        base = (read_json_object(self.done) or {}).get("base")
        return base if isinstance(base, dict) else None


def get_cell_folder(config: Config) -> CellFolder:
    """The folder of a cell: outputs/{experiment}/{cell}."""
    return CellFolder(Path(config.paths.outputs) / config.experiment / config.name)
