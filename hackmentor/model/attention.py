"""Attention over a pack of records: each record attends to itself alone, at the cost of its own length squared."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface, PreTrainedModel

NAME = "hackmentor_packed"


def packed_attention(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    *,
    record_bounds: list[int],
    scaling: float | None = None,
    dropout: float = 0.0,
    **_: Any,  # noqa: ANN401 - what other attention functions of transformers take
) -> tuple[torch.Tensor, None]:
    """Causal attention within each record of a pack.

    Args:
        module: the attention layer, for the number of query heads a key head serves.
        query: (1, heads, tokens, head size).
        key: (1, key heads, tokens, head size).
        value: as key.
        attention_mask: must be None: the bounds say it all.
        record_bounds: where each record begins, and the end: [0, 120, 300] are two records of 120 and 180 tokens.
        scaling: what the scores are multiplied by; None for 1/sqrt(head size).
        dropout: probability of dropping an attention weight.

    Returns:
        (1, tokens, heads, head size), and None in place of the weights.
    """
    if attention_mask is not None:
        raise ValueError("packed attention takes record_bounds, not a mask")
    groups = int(getattr(module, "num_key_value_groups", 1))
    if groups > 1:
        key, value = key.repeat_interleave(groups, dim=1), value.repeat_interleave(groups, dim=1)
    parts = [
        scaled_dot_product_attention(
            query[:, :, start:end],
            key[:, :, start:end],
            value[:, :, start:end],
            dropout_p=dropout,
            is_causal=True,
            scale=scaling,
        )
        for start, end in itertools.pairwise(record_bounds)
    ]
    return torch.cat(parts, dim=2).transpose(1, 2), None


# No mask function is registered under this name, so transformers builds no mask: its cost is the pack's square.
AttentionInterface.register(NAME, packed_attention)


@contextmanager
def packed(model: PreTrainedModel) -> Iterator[None]:
    """The model attends within packs inside this block, and as before after it."""
    before = model.config._attn_implementation
    model.set_attn_implementation(NAME)
    try:
        yield
    finally:
        model.set_attn_implementation(before)
