"""Save the state of a fit and go on from it as if nothing had happened.

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

from hackmentor.cell.checkpoints import Checkpoint, CheckpointFolder
from hackmentor.runtime.errors import StoppedError
from hackmentor.runtime.files import full_disk_in_words
from hackmentor.runtime.hashing import file_sha256
from hackmentor.runtime.signals import RESUMES, Interrupts
from hackmentor.train.rng import random_states, restore_random_states

log = logging.getLogger(__name__)


class CheckpointFiles(TorchCheckpointIO):
    """Writes through to the disk, under the final name only when it is all there, and reads data alone, never code."""

    def save_checkpoint(self, checkpoint: dict[str, Any], path: str | Path, storage_options: Any = None) -> None:  # noqa: ANN401
        """Lightning's hook, called on the first process."""
        final = Path(path)
        final.parent.mkdir(parents=True, exist_ok=True)
        part = final.with_name(f"{final.name}.part")
        with part.open("wb") as stream:
            torch.save(checkpoint, stream)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(final)

    def load_checkpoint(self, path: str | Path, *_: Any, **__: Any) -> dict[str, Any]:  # noqa: ANN401
        """Lightning's hook, called on every process."""
        return dict(torch.load(path, map_location="cpu", weights_only=True))


class Checkpoints(L.Callback):
    """Saves every so often, after each validation that is the best so far, when a signal asks to stop, and at the end.

    Args:
        folder: where to.
        every_steps: optimizer steps from one checkpoint to the next; None for by time alone.
        every_minutes: from one checkpoint to the next.
        decided_by: the configuration, as kept with each.
        interrupts: who tells of a signal.
    """

    def __init__(
        self,
        folder: CheckpointFolder,
        *,
        every_steps: int | None,
        every_minutes: float,
        decided_by: dict[str, Any],
        interrupts: Interrupts,
    ) -> None:
        self.folder, self.every_steps, self.every_seconds = folder, every_steps, 60 * every_minutes
        self.decided_by, self.interrupts = decided_by, interrupts
        self._seconds_before = 0.0
        self._since = self._saved_at = time.monotonic()
        self._saved_step = self._validated_step = 0
        self._val_loss = float("inf")
        self._random: list[dict[str, Any]] = []

    def seconds_so_far(self) -> float:
        """What the training took up to now, with the attempts before this one up to their last checkpoints."""
        return self._seconds_before + time.monotonic() - self._since

    def on_load_checkpoint(self, trainer: L.Trainer, module: L.LightningModule, checkpoint: dict[str, Any]) -> None:
        """Takes from a checkpoint what Lightning does not."""
        self._random, self._seconds_before = checkpoint["random"], checkpoint["seconds"]
        self._saved_step = checkpoint["global_step"]

    def on_save_checkpoint(self, trainer: L.Trainer, module: L.LightningModule, checkpoint: dict[str, Any]) -> None:
        """Adds to a checkpoint what Lightning does not, on every process."""
        checkpoint["random"] = _of_every_process(random_states(), trainer)
        checkpoint["seconds"] = self.seconds_so_far()
        _count_as_over(checkpoint["loops"]["fit_loop"], checkpoint["global_step"])

    def on_train_start(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        """From here on a signal waits for the end of the step."""
        self.interrupts.install()
        self.interrupts.patient = True
        self._saved_at = time.monotonic()
        if self._random:
            restore_random_states(self._random[trainer.global_rank])

    def on_validation_start(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        """Lightning has set its own handlers again if this is the validation after the fit."""
        self.interrupts.install()

    def on_validation_end(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        """Remembers the held-out loss of this step."""
        self._validated_step, self._val_loss = trainer.global_step, float(trainer.callback_metrics["val_loss"])

    def on_train_batch_start(self, trainer: L.Trainer, module: L.LightningModule, batch: object, index: int) -> None:
        """The step before is over, with its validation and its row in metrics.csv."""
        self._between_steps(trainer)

    def on_train_epoch_end(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        """So is the last step of an epoch."""
        self._between_steps(trainer)

    def on_train_end(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        """Saves the state that the adapter is made from, so that a run killed from here on trains nothing again."""
        self.interrupts.patient = False
        if trainer.global_step != self._saved_step:
            self._save(trainer)
        self._stop_if_asked(trainer)

    def _between_steps(self, trainer: L.Trainer) -> None:
        # Any process may have been asked to stop, and clocks differ: all do what one of them has to.
        if trainer.strategy.reduce_boolean_decision(self._due(trainer), all=False):
            if trainer.global_step != self._saved_step:
                self._save(trainer)
            self._stop_if_asked(trainer)

    def _due(self, trainer: L.Trainer) -> bool:
        if self.interrupts.received is not None:
            return True
        step = trainer.global_step
        if step == self._saved_step:
            return False
        by_steps = self.every_steps is not None and step % self.every_steps == 0
        return by_steps or time.monotonic() - self._saved_at >= self.every_seconds or self._is_best(step)

    def _is_best(self, step: int) -> bool:
        if self._validated_step != step:
            return False
        best = self.folder.best()
        return best is None or best.val_loss is None or self._val_loss < best.val_loss

    def _save(self, trainer: L.Trainer) -> None:
        step, before = trainer.global_step, self._saved_step
        kept = f"The checkpoint of step {before} is whole" if before else "There was none before it"
        with full_disk_in_words(f"the checkpoint of step {step}", kept):
            trainer.save_checkpoint(self.folder.file(step))
            if trainer.is_global_zero:
                self.folder.add(self._described(step, trainer.world_size, str(trainer.precision)))
        self._saved_step, self._saved_at = step, time.monotonic()

    def _described(self, step: int, world_size: int, precision: str) -> Checkpoint:
        return Checkpoint(
            step=step,
            sha256=file_sha256(self.folder.file(step)),
            decided_by=self.decided_by,
            world_size=world_size,
            val_loss=self._val_loss if self._validated_step == step else None,
            saved_at=datetime.now().astimezone().isoformat(timespec="seconds"),
            precision=precision,
        )

    def _stop_if_asked(self, trainer: L.Trainer) -> None:
        if not trainer.strategy.reduce_boolean_decision(self.interrupts.received is not None, all=False):
            return
        saved = f"step {self._saved_step} is saved, {RESUMES} from there"
        stopped = StoppedError.by_signal(self.interrupts.received or signal.SIGTERM, saved)
        if not trainer.is_global_zero:
            # Lightning kills the first process, which has runs to close, when another one ends with an error.
            stopped.exit_code = 0
        raise stopped


def _of_every_process(mine: dict[str, Any], trainer: L.Trainer) -> list[dict[str, Any]]:
    if trainer.world_size == 1:
        return [mine]
    gathered: list[Any] = [None] * trainer.world_size
    torch.distributed.all_gather_object(gathered, mine)
    return gathered


def _count_as_over(fit: dict[str, Any], step: int) -> None:
    """Sets Lightning's counters to: every step and epoch that has begun is over, with all that belongs to it.

    In the middle of a step they differ from one another, from which Lightning guesses what is to be repeated. The
    position in the epoch is not kept: the loader of a continued epoch begins at the first step that is left of it.
    """
    epochs = fit["epoch_progress"]["current"]["processed"]
    for span in ("total", "current"):
        fit["epoch_progress"][span] = dict.fromkeys(fit["epoch_progress"][span], epochs)
    batches = fit["epoch_loop.batch_progress"]
    batches["total"], batches["current"] = dict.fromkeys(batches["total"], step), dict.fromkeys(batches["current"], 0)
    batches["is_last_batch"] = False
