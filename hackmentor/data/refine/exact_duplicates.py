"""Finds exact duplicates among many keys without a table of Python objects."""

import numpy as np
from numpy.typing import NDArray


def mark_duplicates(keys: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """A mask of the rows of `keys` (n × k) that repeat an earlier row."""
    order = np.lexsort(keys.T[::-1])
    found = np.zeros(len(keys), dtype=np.bool_)
    found[order[1:]] = (keys[order[1:]] == keys[order[:-1]]).all(axis=1)
    return found
