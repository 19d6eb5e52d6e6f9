"""Packs padded to a few sizes, because oneDNN compiles its products for each number of rows and keeps them for good."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

import torch
from torch.nn.functional import pad
from transformers import PreTrainedModel

from hackmentor.model.cpu.onednn import round_up_rows, uses_onednn_jit


@contextmanager
def use_padded_packs(model: PreTrainedModel) -> Iterator[None]:
    """Inside the block a pack is padded to the next size that oneDNN compiles for, where it compiles at all."""
    weight: torch.Tensor = model.get_input_embeddings().weight
    forward = model.forward

    # wraps: generation reads off the signature which arguments a model takes.
    @wraps(forward)
    def forward_padded(*args: Any, record_bounds: list[int] | None = None, **inputs: Any) -> Any:  # noqa: ANN401
        if record_bounds is None:  # no pack: text that is generated
            return forward(*args, **inputs)
        bounds = _pad_inputs(inputs, record_bounds, weight)
        return forward(*args, record_bounds=bounds, **inputs)

    model.forward = forward_padded
    try:
        yield
    finally:
        del model.forward


def _pad_inputs(inputs: dict[str, Any], record_bounds: list[int], weight: torch.Tensor) -> list[int]:
    """Pads the inputs in place; returns the bounds with the padding as a record of its own, on which nothing trains."""
    tokens = record_bounds[-1]
    padding = round_up_rows(tokens) - tokens if uses_onednn_jit(weight) else 0
    if not padding:
        return record_bounds
    for name in ("input_ids", "position_ids"):
        inputs[name] = pad(inputs[name], (0, padding))
    return [*record_bounds, tokens + padding]
