"""Which precision suits which device."""

from __future__ import annotations

from typing import Literal, cast

import torch

Precision = Literal["32-true", "16-mixed", "bf16-mixed", "bf16-true"]


def precision_for(asked: str, accelerator: str) -> Precision:
    """Lightning's precision: what was asked, or for "auto" what the device computes natively.

    On a processor that is 32 bit: bf16 products are slower there (160 against 250-300 GFLOP/s on two cores).
    """
    if asked != "auto":
        return cast(Precision, asked)
    if accelerator == "cpu" or not torch.cuda.is_available():
        return "32-true"
    return "bf16-mixed" if torch.cuda.is_bf16_supported() else "16-mixed"


def dtype_for(precision: str, *, frozen: bool) -> torch.dtype:
    """The type of weights that are not quantised.

    Frozen weights need no more digits than the products use; trained ones stay in 32 bit unless bf16-true is asked.
    """
    if precision == "bf16-true" or (frozen and precision.startswith("bf16")):
        return torch.bfloat16
    return torch.float16 if frozen and precision.startswith("16") else torch.float32
