"""Every random generator that training draws from, as plain values, which are read back without running code."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import torch


def get_random_states() -> dict[str, Any]:
    """The states of Python's, NumPy's and torch's generators, the one of each CUDA device among them."""
    _, words, place, has_gauss, gauss = np.random.get_state()
    return {
        "python": random.getstate(),
        "numpy": [np.asarray(words).tolist(), int(place), int(has_gauss), float(gauss)],
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
    }


def restore_random_states(states: dict[str, Any]) -> None:
    """Sets every generator to where it was."""
    words, place, has_gauss, gauss = states["numpy"]
    random.setstate(states["python"])
    np.random.set_state(("MT19937", np.array(words, dtype=np.uint32), place, has_gauss, gauss))
    torch.set_rng_state(states["torch"])
    if torch.cuda.is_available():
        torch.cuda.set_rng_state_all(states["cuda"])
