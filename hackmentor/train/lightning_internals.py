"""What of Lightning (2.6) has no public setter: loop counters in a checkpoint, a timeout. No other module touches it.

tests/train/test_restarts.py fails when Lightning counts in another way.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import lightning as L
from lightning.pytorch.strategies import DDPStrategy

# How long a device waits for the others in a collective, or for them to start: longer than loading a large base takes.
COLLECTIVE_TIMEOUT = timedelta(minutes=15)


def set_collective_timeout(trainer: L.Trainer) -> None:
    """Lightning takes it as an argument of a strategy, but chooses the strategy itself, with half an hour."""
    if isinstance(trainer.strategy, DDPStrategy):
        trainer.strategy._timeout = COLLECTIVE_TIMEOUT


def mark_steps_finished(fit_state: dict[str, Any], step: int) -> None:
    """Sets the counters so that every step and epoch that has begun counts as finished, validation included.

    In the middle of a step the counters differ, and Lightning would repeat parts of it. The position in the epoch is
    not kept: the loader of a continued epoch begins at the first step that is left of it.
    """
    epochs = fit_state["epoch_progress"]["current"]["processed"]
    for span in ("total", "current"):
        fit_state["epoch_progress"][span] = dict.fromkeys(fit_state["epoch_progress"][span], epochs)
    batches = fit_state["epoch_loop.batch_progress"]
    batches["total"], batches["current"] = dict.fromkeys(batches["total"], step), dict.fromkeys(batches["current"], 0)
    batches["is_last_batch"] = False
