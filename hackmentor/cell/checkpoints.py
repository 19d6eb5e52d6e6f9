"""The checkpoints of a cell as files: which there are, which are whole, which stay. Imports nothing heavy.

A checkpoint is two files. `step=12.ckpt` holds the state; `step=12.json`, written after it, its hash and what it is
of: without that second file it does not count. So a process that was killed while it wrote leaves nothing to trip over.
"""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hackmentor.cell.fingerprint import differences
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.files import read_json, synced, write_json
from hackmentor.runtime.hashing import file_sha256

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Checkpoint:
    """What step=N.json says.

    Args:
        step: optimizer steps done.
        sha256: of step=N.ckpt.
        decided_by: the configuration that it belongs to (`hackmentor.cell.fingerprint.deciding`).
        world_size: how many processes trained.
        val_loss: the held-out loss after this very step, in nats a token, if it was measured then.
        saved_at: when, for people.
        precision: Lightning's, that training went on in: `auto` may mean another one on another machine.
    """

    step: int
    sha256: str
    decided_by: dict[str, Any]
    world_size: int
    val_loss: float | None
    saved_at: str
    precision: str | None = None


class CheckpointFolder:
    """The folder `checkpoints/` of a cell, which keeps the last few and the best."""

    def __init__(self, path: Path, keep: int) -> None:
        self.path, self._keep = path, keep

    def file(self, step: int) -> Path:
        """Where the state after so many steps lies."""
        return self.path / f"step={step}.ckpt"

    def all(self) -> list[Checkpoint]:
        """What is there, oldest first."""
        found = [_read(file) for file in self.path.glob("step=*.json")]
        return sorted(filter(None, found), key=lambda checkpoint: checkpoint.step)

    def best(self) -> Checkpoint | None:
        """The one with the lowest held-out loss, if any was measured."""
        measured = [checkpoint for checkpoint in self.all() if checkpoint.val_loss is not None]
        return min(measured, key=lambda checkpoint: (checkpoint.val_loss, checkpoint.step), default=None)

    def add(self, checkpoint: Checkpoint) -> None:
        """Makes a written state count, then removes those that need not stay."""
        write_json(self._manifest(checkpoint.step), asdict(checkpoint))
        synced(self.path)
        found, best = self.all(), self.best()
        for old in found[: -self._keep]:
            if old != best:
                self._remove(old.step)
        counted = {self.file(one.step) for one in found}
        for left in self.path.glob("step=*.ckpt*"):
            if left not in counted:
                left.unlink()

    def is_whole(self, checkpoint: Checkpoint) -> bool:
        """Whether its file is what was written."""
        file = self.file(checkpoint.step)
        return file.is_file() and file_sha256(file) == checkpoint.sha256

    def newest_whole(self, *, remove: bool) -> Checkpoint | None:
        """The newest whose file is what was written; with a warning for each newer one that is not.

        Args:
            remove: remove those that are damaged, so that they do not count among the last ones that stay.
        """
        for checkpoint in reversed(self.all()):
            if self.is_whole(checkpoint):
                return checkpoint
            log.warning("%s is damaged or gone: going back to the checkpoint before it", self.file(checkpoint.step))
            if remove:
                self._remove(checkpoint.step)
        return None

    def refuse_others(self, decided_by: dict[str, Any]) -> None:
        """Refuses to go on where a training with another configuration stopped, or to write over it.

        Raises:
            UserError: naming what differs.
        """
        for checkpoint in self.all():
            if checkpoint.decided_by != decided_by:
                raise UserError(
                    f"{self.path} holds an unfinished training with another configuration "
                    f"({differences(checkpoint.decided_by, decided_by)}). Go on with that one, give this one another "
                    "experiment=NAME or name=NAME, or remove that folder to start over"
                )

    def _manifest(self, step: int) -> Path:
        return self.path / f"step={step}.json"

    def _remove(self, step: int) -> None:
        # In this order: what is left of a removal that was cut short does not count as a checkpoint.
        self._manifest(step).unlink(missing_ok=True)
        self.file(step).unlink(missing_ok=True)


def _read(file: Path) -> Checkpoint | None:
    try:
        return Checkpoint(**read_json(file))
    except (ValueError, TypeError):
        log.warning("%s is damaged: the checkpoint that it describes does not count", file)
        return None
