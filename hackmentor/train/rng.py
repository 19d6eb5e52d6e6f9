"""Every random generator that training draws from, as plain values, which are read back without running code."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import torch


def get_random_states() -> dict[str, Any]:
    """The states of the generators of Python, NumPy and torch, and of the CUDA device that this process computes on.

    Not of every device that is visible: another machine has others, and only this one is drawn from.
    """
    _, words, place, has_gauss, gauss = np.random.get_state()
    return {
        "python": random.getstate(),
        "numpy": [np.asarray(words).tolist(), int(place), int(has_gauss), float(gauss)],
        "torch": torch.get_rng_state(),
        "cuda": [torch.cuda.get_rng_state()] if torch.cuda.is_available() else [],
    }


def restore_random_states(states: dict[str, Any]) -> None:
    """Sets every generator to where it was."""
    words, place, has_gauss, gauss = states["numpy"]
    random.setstate(states["python"])
    np.random.set_state(("MT19937", np.array(words, dtype=np.uint32), place, has_gauss, gauss))
    torch.set_rng_state(states["torch"])
    if torch.cuda.is_available() and (cuda := _choose_device_state(states["cuda"])) is not None:
        torch.cuda.set_rng_state(cuda)


def _choose_device_state(states: list[torch.Tensor]) -> torch.Tensor | None:
    """The state for this process's device. Checkpoints of earlier versions have one for each that was visible."""
    if not states:  # saved on a machine without a GPU
        return None
    return states[min(torch.cuda.current_device(), len(states) - 1)]
