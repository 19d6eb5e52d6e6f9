"""What the C library does with memory that is freed: give it back, or keep it for the next tensor."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable

# <malloc.h> of glibc.
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD = -1, -2, -3
_NEVER = -1


def keep_freed_memory() -> None:
    """From here on memory stays with this process, up to the most that it has ever needed at once.

    A training step frees and asks for the same tensors again and again. By default glibc hands larger ones back to the
    system each time, which then finds and clears new pages: 8 to 12 % of a step on two cores. Other C libraries are
    left as they are.
    """
    if (mallopt := _find_glibc_function("mallopt")) is None:
        return
    mallopt(_MMAP_THRESHOLD, 32 * 2**20)  # the most that it takes
    mallopt(_TRIM_THRESHOLD, _NEVER)
    mallopt(_TOP_PAD, 256 * 2**20)


def release_freed_memory() -> None:
    """Gives the memory that is free by now back to the system, wherever glibc has it: also between what is in use."""
    if (malloc_trim := _find_glibc_function("malloc_trim")) is not None:
        malloc_trim(ctypes.c_size_t(0))


def _find_glibc_function(function: str) -> Callable[..., int] | None:
    return getattr(ctypes.CDLL(None), function, None) if sys.platform.startswith("linux") else None
