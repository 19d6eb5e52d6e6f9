"""What the C library does with memory that is freed: give it back, or keep it for the next tensor."""

from __future__ import annotations

import ctypes
import sys

# <malloc.h> of glibc.
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD = -1, -2, -3
_NEVER = -1


def keep_freed() -> None:
    """From here on memory stays with this process, up to the most that it has ever needed at once.

    A training step frees and asks for the same tensors again and again. By default glibc hands larger ones back to the
    system each time, which then finds and clears new pages: 8 to 12 % of a step on two cores. Other C libraries are
    left as they are.
    """
    if not sys.platform.startswith("linux") or (mallopt := getattr(ctypes.CDLL(None), "mallopt", None)) is None:
        return
    mallopt(_MMAP_THRESHOLD, 32 * 2**20)  # the most that it takes
    mallopt(_TRIM_THRESHOLD, _NEVER)
    mallopt(_TOP_PAD, 256 * 2**20)
