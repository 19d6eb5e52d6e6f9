"""Writes the progress of a fit to progress.json, about once a second, for `status`, `review` and launchers."""

from __future__ import annotations

import contextlib
import json
import time
from pathlib import Path
from typing import Any

import lightning as L


class ProgressFileCallback(L.Callback):
    """Writes steps done, the last loss in nats a token and the seconds left.

    Args:
        file: where to; a reader sees the old one or the new one.
        steps: optimizer steps of the whole fit.
        every: seconds between two writes at least.
    """

    def __init__(self, file: Path, *, steps: int, every: float = 1.0) -> None:
        self.file, self.steps, self.every = file, steps, every
        self._started_at = self._written_at = 0.0
        self._start_step = 0

    def on_train_start(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        """The speed is that of this attempt."""
        self._started_at, self._start_step = time.monotonic(), trainer.global_step
        self._write_progress(trainer)

    def on_train_batch_end(self, trainer: L.Trainer, module: L.LightningModule, *_: Any) -> None:  # noqa: ANN401
        """After each step."""
        if time.monotonic() - self._written_at >= self.every:
            self._write_progress(trainer)

    def on_train_end(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        """The last step."""
        self._write_progress(trainer)

    def _write_progress(self, trainer: L.Trainer) -> None:
        if not trainer.is_global_zero:
            return
        self._written_at, step = time.monotonic(), trainer.global_step
        done = step - self._start_step
        left = (self._written_at - self._started_at) / done * (self.steps - step) if done else None
        loss = trainer.callback_metrics.get("loss")
        progress = {
            "step": step,
            "steps": self.steps,
            "loss": None if loss is None else float(loss),
            "seconds_left": left,
        }
        part = self.file.with_name(f".{self.file.name}")
        # That no one can watch a cell, on a disk that is full, is no reason to end it.
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
            with part.open("x", encoding="utf-8") as stream:
                json.dump(progress, stream)
            part.replace(self.file)
