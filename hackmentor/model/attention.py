"""Attention over a pack of records: each record attends to itself alone, at the cost of its own length squared."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface, PreTrainedModel

NAME = "hackmentor_packed"

# On a processor the kernel's backward pass is slower in bf16 than in float32 for records of up to so many tokens.
_WIDENED = 256


def packed_attention(
    module: torch.nn.Module,  # noqa: ARG001 - transformers passes it
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
        module: the attention layer; nothing of it is needed.
        query: (1, heads, tokens, head size).
        key: (1, key heads, tokens, head size).
        value: as key.
        attention_mask: must be None: the bounds say it all.
        record_bounds: where each record begins, and the end: [0, 120, 300] are two records of 120 and 180 tokens. What
            is before the first is the beginning of each: [20, 120, 300] are two of 120 and 200 tokens.
        scaling: what the scores are multiplied by; None for 1/sqrt(head size).
        dropout: probability of dropping an attention weight.

    Returns:
        (1, tokens, heads, head size), and None in place of the weights.
    """
    if attention_mask is not None:
        raise ValueError("packed attention takes record_bounds, not a mask")
    shared, lengths = record_bounds[0], [end - start for start, end in itertools.pairwise(record_bounds)]
    queries, keys, values = (_by_record(states, shared, lengths) for states in (query, key, value))
    attend = partial(_attend, dropout_p=dropout, scale=scaling, enable_gqa=query.shape[1] != key.shape[1])
    first, *others = (attend(q, k, v) for q, k, v in zip(queries, keys, values, strict=True))
    # What is shared has seen nothing but itself, so it came out alike for each: the first one's counts.
    parts = [first, *(one[:, :, shared:] for one in others)]
    return torch.cat(parts, dim=2).transpose(1, 2), None


def _attend(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, **how: Any) -> torch.Tensor:  # noqa: ANN401
    """Causal attention of one record."""
    half = value.dtype == torch.bfloat16 or torch.is_autocast_enabled("cpu")
    if not half or query.device.type != "cpu" or query.shape[2] > _WIDENED:
        return scaled_dot_product_attention(query, key, value, is_causal=True, **how)
    with torch.autocast("cpu", enabled=False):
        found = scaled_dot_product_attention(query.float(), key.float(), value.float(), is_causal=True, **how)
    return found.to(value.dtype)


def _by_record(states: torch.Tensor, shared: int, lengths: list[int]) -> list[torch.Tensor]:
    """Each record's states, what all share among them."""
    # split, not slices: the gradient of a slice is a whole pack of zeros, written and added up record by record.
    beginning, *own = torch.split(states, [shared, *lengths], dim=2)
    return [torch.cat([beginning, part], dim=2) for part in own] if shared else own


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
