"""oneDNN compiles its products for each number of rows, and never lets go of all that it compiled: few numbers, then.

A product with a number of rows that is new took 2 ms more on two cores and kept 0.3 MB for good (oneDNN 3.12: the
kernels of its batch-reduced products are shared by the whole process and never freed, whatever its cache may hold). A
step has some twenty products, and packs have hundreds of sizes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hackmentor.model.cpu.processor import is_amd

if TYPE_CHECKING:
    import torch

# Rows come in multiples of this: at most sixteen sizes for a thousand tokens, and 3 % of them for nothing.
_ROWS = 64
# Those of the head in multiples of this: it has but two products, with a few hundred rows at a time.
HEAD_ROWS = 16


def is_compiled(x: torch.Tensor) -> bool:
    """Whether oneDNN computes a product of this with a weight on this processor."""
    import torch  # here, for `hackmentor plan` rounds without it

    if x.device.type != "cpu":
        return False
    return x.dtype == torch.bfloat16 or torch.is_autocast_enabled("cpu") or multiplies_float32_by_onednn()


def multiplies_float32_by_onednn() -> bool:
    """Whether `hackmentor.model.cpu.linear` takes oneDNN for float32: on AMD's processors, where MKL is slower."""
    import torch

    # The operator is Inductor's; where a PyTorch has none, MKL will do.
    return is_amd() and hasattr(torch.ops.mkldnn, "_linear_pointwise")


def rounded_down(rows: int, to: int) -> int:
    """As many rows as are compiled for, and no more; fewer than the least stay as they are."""
    return rows // to * to or rows


def rounded_up(rows: int, to: int = _ROWS) -> int:
    """The next number of rows for which kernels are compiled."""
    return -(-rows // to) * to
