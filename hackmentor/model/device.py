"""Which precision suits which device."""

from __future__ import annotations

from typing import Literal, cast

import torch

from hackmentor.model.cpu.processor import has_fast_bf16

Precision = Literal["32-true", "16-mixed", "bf16-mixed", "bf16-true"]


def resolve_precision(precision: str, accelerator: str) -> Precision:
    """Lightning's precision for training: what was asked, or for "auto" what the device computes fast.

    On a processor that is bf16 where that is faster, else 32 bit (see `has_fast_bf16`).
    """
    if precision != "auto":
        return cast(Precision, precision)
    if accelerator == "cpu" or not torch.cuda.is_available():
        return "bf16-mixed" if has_fast_bf16() else "32-true"
    # A V100 or T4 emulates bf16, slower than it computes in 16 bit.
    return "bf16-mixed" if torch.cuda.is_bf16_supported(including_emulation=False) else "16-mixed"


def get_base_dtype(precision: str, *, frozen: bool) -> torch.dtype:
    """The type of weights that are not quantised.

    Frozen weights need no more digits than the products use; trained ones stay in 32 bit unless bf16-true is asked.
    """
    if precision == "bf16-true" or (frozen and precision.startswith("bf16")):
        return torch.bfloat16
    return torch.float16 if frozen and precision.startswith("16") else torch.float32


def get_inference_dtype(precision: str, accelerator: str) -> torch.dtype:
    """The type in which a model is evaluated, for weights that are not quantised.

    On a processor "auto" means 32 bit here: the rounding of bf16 products depends on how many rows they have, so that
    an answer would depend on the others in its batch.
    """
    if precision == "auto" and (accelerator == "cpu" or not torch.cuda.is_available()):
        return torch.float32
    return get_base_dtype(resolve_precision(precision, accelerator), frozen=True)
