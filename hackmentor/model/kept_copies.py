"""Whether dequantised copies of 8-bit weights are kept on a processor. Without torch, for `plan` counts them."""

from __future__ import annotations

# Of the memory that is free: the rest is for activations.
_MAX_SHARE_OF_FREE_MEMORY = 0.5


def keeps_copies(copies: int, free: int) -> bool:
    """Whether so many bytes of copies are kept where so many are free, with the quantised weights loaded."""
    return copies <= _MAX_SHARE_OF_FREE_MEMORY * free
