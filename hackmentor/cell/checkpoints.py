"""The checkpoints of a cell as files: which there are, which are intact, which are kept. Imports nothing heavy.

A checkpoint is two files: `step=12.ckpt` holds the state; `step=12.json`, the manifest, is written after it with its
hash and origin. Without a manifest a checkpoint does not count, so a process killed while writing leaves none behind.
"""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hackmentor.cell.file_shapes import Manifest
from hackmentor.cell.fingerprint import describe_differences
from hackmentor.cell.shaped_files import read_shaped
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.files import fsync_path, write_json
from hackmentor.runtime.hashing import compute_file_sha256

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class CheckpointManifest:
    """The content of step=N.json, which describes step=N.ckpt.

    Args:
        step: optimizer steps done.
        sha256: of step=N.ckpt.
        decided_by: the configuration that it belongs to (`hackmentor.cell.fingerprint.get_fingerprint_fields`).
        world_size: how many processes trained.
        val_loss: the held-out loss after this very step, in nats per token, if it was measured then.
        saved_at: the time, for people.
        precision: Lightning's precision of the training: `auto` may mean another one on another machine.
        base: which weights the training began on (`hackmentor.model.identity.BaseWeights`); None in earlier versions.
        versions: of HackMentor and its libraries (`hackmentor.cell.versions`); None in earlier versions.
    """

    step: int
    sha256: str
    decided_by: dict[str, Any]
    world_size: int
    val_loss: float | None
    saved_at: str
    precision: str | None = None
    base: dict[str, Any] | None = None
    versions: dict[str, str] | None = None


class CheckpointFolder:
    """The folder `checkpoints/` of a cell, which keeps the last `keep` checkpoints and the best one."""

    def __init__(self, path: Path, keep: int) -> None:
        self.path, self._keep = path, keep

    def get_state_path(self, step: int) -> Path:
        """The file of the state after a number of steps."""
        return self.path / f"step={step}.ckpt"

    def list_checkpoints(self) -> list[CheckpointManifest]:
        """Reads the manifests of all checkpoints, oldest first; a damaged one is left out, with a warning."""
        manifests = [_read_manifest(file) for file in self.path.glob("step=*.json")]
        return sorted(filter(None, manifests), key=lambda manifest: manifest.step)

    def find_best(self) -> CheckpointManifest | None:
        """The checkpoint with the lowest held-out loss, if any was measured."""
        measured = [checkpoint for checkpoint in self.list_checkpoints() if checkpoint.val_loss is not None]
        return min(measured, key=lambda checkpoint: (checkpoint.val_loss, checkpoint.step), default=None)

    def add(self, checkpoint: CheckpointManifest) -> None:
        """Writes the manifest of a state that was written, then removes the checkpoints that are not to be kept."""
        write_json(self._get_manifest_path(checkpoint.step), asdict(checkpoint))
        fsync_path(self.path)
        checkpoints, best = self.list_checkpoints(), self.find_best()
        for old in checkpoints[: -self._keep]:
            if old != best:
                self._remove_checkpoint(old.step)
        known_files = {self.get_state_path(checkpoint.step) for checkpoint in checkpoints}
        for file in self.path.glob("step=*.ckpt*"):
            if file not in known_files:
                file.unlink()

    def is_intact(self, checkpoint: CheckpointManifest) -> bool:
        """Whether the file of a checkpoint's state exists and has the hash of its manifest."""
        file = self.get_state_path(checkpoint.step)
        return file.is_file() and compute_file_sha256(file) == checkpoint.sha256

    def find_newest_intact(self, *, remove_damaged: bool) -> CheckpointManifest | None:
        """Finds the newest intact checkpoint; logs a warning for each newer one that is not.

        Args:
            remove_damaged: remove damaged ones, so that they do not count among the last ones that are kept.
        """
        for checkpoint in reversed(self.list_checkpoints()):
            if self.is_intact(checkpoint):
                return checkpoint
            file = self.get_state_path(checkpoint.step)
            log.warning("%s is damaged or missing: going back to the checkpoint before it", file)
            if remove_damaged:
                self._remove_checkpoint(checkpoint.step)
        return None

    def check_same_configuration(self, fingerprint_fields: dict[str, Any]) -> None:
        """Checks that all checkpoints belong to a configuration, before it resumes from them or overwrites them.

        Args:
            fingerprint_fields: as `hackmentor.cell.fingerprint.get_fingerprint_fields` returns them.

        Raises:
            UserError: naming what differs.
        """
        for checkpoint in self.list_checkpoints():
            differences = describe_differences(checkpoint.decided_by, fingerprint_fields)
            if differences:
                raise UserError(
                    f"{self.path} holds an unfinished training with another configuration ({differences}). "
                    "Continue that one, give this one another experiment_name=NAME or name=NAME, or remove that folder "
                    "to start over"
                )

    def _get_manifest_path(self, step: int) -> Path:
        return self.path / f"step={step}.json"

    def _remove_checkpoint(self, step: int) -> None:
        # In this order: what an interrupted removal leaves does not count as a checkpoint.
        self._get_manifest_path(step).unlink(missing_ok=True)
        self.get_state_path(step).unlink(missing_ok=True)


def _read_manifest(file: Path) -> CheckpointManifest | None:
    try:
        return CheckpointManifest(**(read_shaped(file, Manifest) or {}))
    except (UserError, TypeError):  # or with fields of a later version
        log.warning("%s is damaged: the checkpoint that it describes does not count", file)
        return None
