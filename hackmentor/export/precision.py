"""Weights in fewer bits: what they must be after they are written and read back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import torch

from hackmentor.export.compare_outputs import ExportError
from hackmentor.runtime.errors import UserError

Precision = Literal["fp32", "bf16", "fp16", "f32", "f16", "q8_0"]

DTYPES = {
    "fp32": torch.float32,
    "f32": torch.float32,
    "fp16": torch.float16,
    "f16": torch.float16,
    "bf16": torch.bfloat16,
}
_BLOCK = 32


def refuse_overflow(weights: Mapping[str, torch.Tensor], precision: str) -> None:
    """Raises UserError where a weight is too large for 16-bit floats of five exponent bits."""
    if DTYPES.get(precision) != torch.float16:
        return
    for name, tensor in weights.items():
        if not torch.isfinite(tensor.half()).all():
            raise UserError(f"format.dtype={precision}: {name} has weights beyond its range; use bf16")


def verify_weights(
    written: Mapping[str, torch.Tensor], read: Mapping[str, torch.Tensor], precision: str, *, vectors: str | None = None
) -> None:
    """Compares weights that were read back with those that were to be written: bit for bit, after rounding.

    Args:
        written: by name, in 32 bit.
        read: likewise.
        precision: of matrices.
        vectors: of tensors with one axis, where it is another one.

    Raises:
        ExportError: naming the first tensor that is missing or differs.
    """
    for name, tensor in written.items():
        if name not in read or read[name].shape != tensor.shape:
            raise ExportError(f"{name} is missing in what was written, or has another shape")
        kind = vectors if vectors is not None and tensor.dim() == 1 else precision
        if not _as_rounded(tensor.float(), read[name].float(), kind):
            raise ExportError(f"{name} differs in what was written from what was to be written")


def _as_rounded(written: torch.Tensor, read: torch.Tensor, precision: str) -> bool:
    if precision in DTYPES:
        return torch.equal(written.to(DTYPES[precision]).float(), read)
    # q8_0: a step is a block's largest magnitude / 127, itself rounded to 16 bit.
    blocks, found = written.reshape(-1, _BLOCK), read.reshape(-1, _BLOCK)
    step = blocks.abs().amax(dim=1, keepdim=True) / 127
    return bool(((blocks - found).abs() <= 0.6 * step + 1e-5).all())
