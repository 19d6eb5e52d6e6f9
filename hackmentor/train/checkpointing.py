"""Save the state of a fit, and continue from it to the same bits as a fit that was never stopped.

Lightning loads what is saved here (`ckpt_path`): weights, optimizer, schedule, scaler, counters. What it saves by
itself is of no use for going on exactly: ModelCheckpoint saves before a step's validation and before its row is logged,
and both are lost; random generators are not in it; and the loader of a continued epoch would deal out the records of
the first one from its start. So the state is saved where a step with everything that belongs to it is over, with
counters that say just that, and `RecordsModule` begins where they stand.
"""

from __future__ import annotations

import logging
import os
import signal
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import lightning as L
import torch
from lightning.fabric.plugins.io import TorchCheckpointIO

from hackmentor.cell.checkpoints import CheckpointFolder, CheckpointManifest
from hackmentor.cell.versions import get_versions
from hackmentor.runtime.errors import StoppedError
from hackmentor.runtime.files import full_disk_reported
from hackmentor.runtime.hashing import compute_file_sha256
from hackmentor.runtime.signals import RESUME_HINT, StopSignalHandler
from hackmentor.train.lightning_internals import mark_steps_finished
from hackmentor.train.rng import get_random_states, restore_random_states

log = logging.getLogger(__name__)


class AtomicCheckpointIO(TorchCheckpointIO):
    """Writes a file whole or not at all, synced to the disk; reads data only, and never runs code from it."""

    def save_checkpoint(self, checkpoint: dict[str, Any], path: str | Path, storage_options: Any = None) -> None:  # noqa: ANN401
        """Lightning's hook, called on the first process."""
        final = Path(path)
        final.parent.mkdir(parents=True, exist_ok=True)
        part = final.with_name(f"{final.name}.part")
        part.unlink(missing_ok=True)
        with part.open("xb") as stream:
            torch.save(checkpoint, stream)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(final)

    def load_checkpoint(self, path: str | Path, *_: Any, **__: Any) -> dict[str, Any]:  # noqa: ANN401
        """Lightning's hook, called on every process."""
        return dict(torch.load(path, map_location="cpu", weights_only=True))


class CheckpointCallback(L.Callback):
    """Saves at intervals, after each validation with a new lowest loss, when a signal asks to stop, and at the end.

    Args:
        folder: where to.
        every_steps: optimizer steps from one checkpoint to the next; None for by time alone.
        every_minutes: from one checkpoint to the next.
        decided_by: the configuration, as kept with each.
        base: which weights the training began on, as kept with each.
        stop_signals: the signals that asked to stop.
    """

    def __init__(
        self,
        folder: CheckpointFolder,
        *,
        every_steps: int | None,
        every_minutes: float,
        decided_by: dict[str, Any],
        stop_signals: StopSignalHandler,
        base: dict[str, Any] | None = None,
    ) -> None:
        self.folder, self.every_steps, self.every_seconds = folder, every_steps, 60 * every_minutes
        self.decided_by, self.stop_signals, self.base = decided_by, stop_signals, base
        self._seconds_before = 0.0
        self._since = self._saved_at = time.monotonic()
        self._saved_step = self._validated_step = 0
        self._val_loss = float("inf")
        self._random: list[dict[str, Any]] = []

    def measure_total_seconds(self) -> float:
        """Seconds of training so far, those of earlier attempts up to their last checkpoints included."""
        return self._seconds_before + time.monotonic() - self._since

    def on_load_checkpoint(self, trainer: L.Trainer, module: L.LightningModule, checkpoint: dict[str, Any]) -> None:
        """Takes from a checkpoint what Lightning does not."""
        self._random, self._seconds_before = checkpoint["random"], checkpoint["seconds"]
        self._saved_step = checkpoint["global_step"]

    def on_save_checkpoint(self, trainer: L.Trainer, module: L.LightningModule, checkpoint: dict[str, Any]) -> None:
        """Adds to a checkpoint what Lightning does not, on every process."""
        checkpoint["random"] = gather_from_all_processes(get_random_states(), trainer)
        checkpoint["seconds"] = self.measure_total_seconds()
        mark_steps_finished(checkpoint["loops"]["fit_loop"], checkpoint["global_step"])

    def on_train_start(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        """From here on a signal waits for the end of the step."""
        self.stop_signals.install_handlers()
        self.stop_signals.defers_stop = True
        self._saved_at = time.monotonic()
        if self._random:
            # On more devices than it was saved on, those added draw what the first ones do, as all do at the start.
            restore_random_states(self._random[trainer.global_rank % len(self._random)])

    def on_validation_start(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        """Lightning has set its own handlers again if this is the validation after the fit."""
        self.stop_signals.install_handlers()

    def on_validation_end(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        """Remembers the held-out loss of this step."""
        self._validated_step, self._val_loss = trainer.global_step, float(trainer.callback_metrics["val_loss"])

    def on_train_batch_start(self, trainer: L.Trainer, module: L.LightningModule, batch: object, index: int) -> None:
        """The step before is over, with its validation and its row in metrics.csv."""
        self._save_or_stop(trainer)

    def on_train_epoch_end(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        """So is the last step of an epoch."""
        self._save_or_stop(trainer)

    def on_train_end(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        """Saves the state that the adapter is made from, so that a run killed from here on trains nothing again."""
        self.stop_signals.defers_stop = False
        if trainer.global_step != self._saved_step:
            self._save_checkpoint(trainer)
        self._stop_on_signal(trainer)

    def _save_or_stop(self, trainer: L.Trainer) -> None:
        # Any process may have been asked to stop, and clocks differ: all do what one of them has to.
        if trainer.strategy.reduce_boolean_decision(self._is_save_due(trainer), all=False):
            if trainer.global_step != self._saved_step:
                self._save_checkpoint(trainer)
            self._stop_on_signal(trainer)

    def _is_save_due(self, trainer: L.Trainer) -> bool:
        if self.stop_signals.received is not None:
            return True
        step = trainer.global_step
        if step == self._saved_step:
            return False
        by_steps = self.every_steps is not None and step % self.every_steps == 0
        return by_steps or time.monotonic() - self._saved_at >= self.every_seconds or self._is_best(step)

    def _is_best(self, step: int) -> bool:
        if self._validated_step != step:
            return False
        best = self.folder.find_best()
        return best is None or best.val_loss is None or self._val_loss < best.val_loss

    def _save_checkpoint(self, trainer: L.Trainer) -> None:
        step, before = trainer.global_step, self._saved_step
        kept = f"The checkpoint of step {before} is whole" if before else "There was none before it"
        with full_disk_reported(f"the checkpoint of step {step}", kept):
            trainer.save_checkpoint(self.folder.get_state_path(step))
            if trainer.is_global_zero:
                self.folder.add(self._build_manifest(step, trainer.world_size, str(trainer.precision)))
        self._saved_step, self._saved_at = step, time.monotonic()

    def _build_manifest(self, step: int, world_size: int, precision: str) -> CheckpointManifest:
        return CheckpointManifest(
            step=step,
            sha256=compute_file_sha256(self.folder.get_state_path(step)),
            decided_by=self.decided_by,
            world_size=world_size,
            val_loss=self._val_loss if self._validated_step == step else None,
            saved_at=datetime.now().astimezone().isoformat(timespec="seconds"),
            precision=precision,
            base=self.base,
            versions=get_versions(),
        )

    def _stop_on_signal(self, trainer: L.Trainer) -> None:
        if not trainer.strategy.reduce_boolean_decision(self.stop_signals.received is not None, all=False):
            return
        saved = f"step {self._saved_step} is saved, {RESUME_HINT} from there"
        stopped = StoppedError.from_signal(self.stop_signals.received or signal.SIGTERM, saved)
        if not trainer.is_global_zero:
            # Lightning kills the first process, which has runs to close, when another one ends with an error.
            stopped.exit_code = 0
        raise stopped


def gather_from_all_processes(state: dict[str, Any], trainer: L.Trainer) -> list[dict[str, Any]]:
    """The states of all processes, by rank. Every process has to call it."""
    if trainer.world_size == 1:
        return [state]
    gathered: list[Any] = [None] * trainer.world_size
    torch.distributed.all_gather_object(gathered, state)
    return gathered
