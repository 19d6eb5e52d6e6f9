"""Exact duplicates among many numbers, without a table of Python objects."""

import numpy as np
from numpy.typing import NDArray


def repeats(keys: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Which rows of `keys` (n × k) have occurred before, the first of each excepted."""
    order = np.lexsort(keys.T[::-1])
    found = np.zeros(len(keys), dtype=np.bool_)
    found[order[1:]] = (keys[order[1:]] == keys[order[:-1]]).all(axis=1)
    return found
