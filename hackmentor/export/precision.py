"""The dtypes of exported weights, and checks of weights that were written in fewer bits and read back."""

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
_Q8_BLOCK = 32


def check_fp16_range(weights: Mapping[str, torch.Tensor], precision: str) -> None:
    """Raises UserError if a weight overflows float16; other precisions pass."""
    if DTYPES.get(precision) != torch.float16:
        return
    for name, tensor in weights.items():
        if not torch.isfinite(tensor.half()).all():
            raise UserError(f"format.dtype={precision}: {name} has weights out of its range; use bf16")


def verify_weights(
    written: Mapping[str, torch.Tensor],
    read: Mapping[str, torch.Tensor],
    precision: str,
    *,
    vector_precision: str | None = None,
) -> None:
    """Compares weights that were read back with the rounded originals, bit for bit.

    Args:
        written: the originals by name, in float32.
        read: those read back, by name.
        precision: of the file.
        vector_precision: of tensors with one axis, if it differs.

    Raises:
        ExportError: naming the first tensor that is missing or differs.
    """
    for name, tensor in written.items():
        if name not in read or read[name].shape != tensor.shape:
            raise ExportError(f"{name} is missing in what was written, or has another shape")
        expected_precision = vector_precision if vector_precision is not None and tensor.dim() == 1 else precision
        if not _is_rounded_copy(tensor.float(), read[name].float(), expected_precision):
            raise ExportError(f"{name} differs in what was written from what was to be written")


def _is_rounded_copy(written: torch.Tensor, read: torch.Tensor, precision: str) -> bool:
    if precision in DTYPES:
        return torch.equal(written.to(DTYPES[precision]).float(), read)
    # q8_0: the step is the largest magnitude of a block / 127, itself rounded to float16.
    blocks, found = written.reshape(-1, _Q8_BLOCK), read.reshape(-1, _Q8_BLOCK)
    step = blocks.abs().amax(dim=1, keepdim=True) / 127
    return bool(((blocks - found).abs() <= 0.6 * step + 1e-5).all())
