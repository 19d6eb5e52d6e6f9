"""Importing torch and what is built on it, which takes seconds, in fewer of them."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def heavy_imports() -> Iterator[None]:
    """Inside the block no garbage is collected: a fifth of the time that such imports take.

    What is there at its end (classes, functions, documentation) stays as long as the process does: later collections
    leave it out, too.
    """
    collected = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if collected:
            gc.enable()
