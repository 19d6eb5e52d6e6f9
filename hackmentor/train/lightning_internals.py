"""The loop counters in a checkpoint of Lightning (2.6), which have no public setter. No other module touches them.

tests/train/test_restarts.py fails when Lightning counts in another way.
"""

from __future__ import annotations

from typing import Any


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
