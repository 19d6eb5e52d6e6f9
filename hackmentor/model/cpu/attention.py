"""Causal attention of one record on a processor, in the precision that is fastest there."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn.functional import scaled_dot_product_attention

# The backward pass of the kernel is slower in bf16 than in float32 for records of up to so many tokens.
_MAX_FLOAT32_TOKENS = 256


def attend_causally(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, **settings: Any) -> torch.Tensor:  # noqa: ANN401
    """Causal attention; short records in half precision are computed in float32.

    Args:
        query: (1, heads, tokens, head size).
        key: (1, key heads, tokens, head size).
        value: as key.
        settings: passed on to `scaled_dot_product_attention`.

    Returns:
        (1, heads, tokens, head size), of the type of `value`.
    """
    is_half = value.dtype == torch.bfloat16 or torch.is_autocast_enabled("cpu")
    if not is_half or query.shape[2] > _MAX_FLOAT32_TOKENS:
        return scaled_dot_product_attention(query, key, value, is_causal=True, **settings)
    with torch.autocast("cpu", enabled=False):
        output = scaled_dot_product_attention(query.float(), key.float(), value.float(), is_causal=True, **settings)
    return output.to(value.dtype)
