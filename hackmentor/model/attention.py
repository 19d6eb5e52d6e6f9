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

from hackmentor.model.cpu.attention import attend_causally

ATTENTION_NAME = "hackmentor_packed"


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
        module: the attention layer, unused.
        query: (1, heads, tokens, head size).
        key: (1, key heads, tokens, head size).
        value: as key.
        attention_mask: must be None: the bounds replace it.
        record_bounds: where each record begins, and the end: [0, 120, 300] are two records of 120 and 180 tokens. The
            tokens before the first bound are a prefix that all share: [20, 120, 300] are two of 120 and 200 tokens.
        scaling: what the scores are multiplied by; None for 1/sqrt(head size).
        dropout: probability of dropping an attention weight.

    Returns:
        (1, tokens, heads, head size), and None in place of the weights.
    """
    if attention_mask is not None:
        raise ValueError("packed attention takes record_bounds, not a mask")
    prefix, lengths = record_bounds[0], [end - start for start, end in itertools.pairwise(record_bounds)]
    queries, keys, values = (_split_by_record(states, prefix, lengths) for states in (query, key, value))
    settings: dict[str, Any] = {"dropout_p": dropout, "scale": scaling, "enable_gqa": query.shape[1] != key.shape[1]}
    attend = attend_causally if query.device.type == "cpu" else partial(scaled_dot_product_attention, is_causal=True)
    first, *others = (attend(q, k, v, **settings) for q, k, v in zip(queries, keys, values, strict=True))
    # The shared prefix attends to itself alone, so its output is the same in each record: the first one's is kept.
    parts = [first, *(output[:, :, prefix:] for output in others)]
    return torch.cat(parts, dim=2).transpose(1, 2), None


def _split_by_record(states: torch.Tensor, prefix: int, lengths: list[int]) -> list[torch.Tensor]:
    """The states of each record, those of the shared prefix included."""
    # split, not slices: the gradient of a slice is a whole pack of zeros, written and added up record by record.
    shared, *own = torch.split(states, [prefix, *lengths], dim=2)
    return [torch.cat([shared, part], dim=2) for part in own] if prefix else own


# No mask function is registered under this name, so transformers builds no mask: its cost is the pack's square.
AttentionInterface.register(ATTENTION_NAME, packed_attention)


@contextmanager
def use_packed_attention(model: PreTrainedModel) -> Iterator[None]:
    """Inside the block the model attends within the records of a pack; afterwards as before."""
    before = model.config._attn_implementation
    model.set_attn_implementation(ATTENTION_NAME)
    try:
        yield
    finally:
        model.set_attn_implementation(before)
