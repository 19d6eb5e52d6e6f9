"""oneDNN compiles its products for each number of rows and keeps some for good: so the number of sizes is limited.

A product with a number of rows that is new took 2 ms more on two cores and kept 0.3 MB for good (oneDNN 3.12: the
kernels of its batch-reduced products are shared by the whole process and never freed, whatever its cache may hold). A
step has some twenty products, and packs have hundreds of sizes.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from hackmentor.model.cpu.processor import is_amd

if TYPE_CHECKING:
    import torch

# oneDNN keeps 1,024 compiled products unless told otherwise; a pack of a new size brings some twenty.
_MAX_CACHED_KERNELS = 64

# Rows come in multiples of this: at most sixteen sizes for a thousand tokens, and 3 % of them for nothing.
_ROWS = 64
# Those of the head in multiples of this: it has but two products, with a few hundred rows at a time.
HEAD_ROWS = 16


def limit_kernel_cache() -> None:
    """Has oneDNN keep few of the products that it compiles, 0.3 MB each. To be called before torch is imported."""
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", str(_MAX_CACHED_KERNELS))


def uses_onednn_jit(x: torch.Tensor) -> bool:
    """Whether oneDNN would compile (JIT) the product of this tensor with a weight."""
    import torch  # here, for `hackmentor plan` rounds without it

    if x.device.type != "cpu":
        return False
    return x.dtype == torch.bfloat16 or torch.is_autocast_enabled("cpu") or uses_onednn_for_float32()


def uses_onednn_for_float32() -> bool:
    """Whether float32 products go through oneDNN: on AMD's processors, where MKL is slower."""
    import torch

    # The operator is Inductor's; where a PyTorch has none, MKL will do.
    return is_amd() and hasattr(torch.ops.mkldnn, "_linear_pointwise")


def round_down_rows(rows: int, multiple: int) -> int:
    """The largest multiple that is not above `rows`; fewer rows than one multiple stay as they are."""
    return rows // multiple * multiple or rows


def round_up_rows(rows: int, multiple: int = _ROWS) -> int:
    """The smallest multiple that is not below `rows`."""
    return -(-rows // multiple) * multiple
