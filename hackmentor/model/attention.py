"""Attention over a pack of records: each record attends to itself alone, at the cost of its own length squared."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache, partial
from typing import Any

import torch
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface, PreTrainedModel

from hackmentor.model.cpu.attention import attend_causally
from hackmentor.model.cuda.attention import attend_varlen, find_varlen_obstacle

log = logging.getLogger(__name__)

ATTENTION_NAME = "hackmentor_packed"

# What models pass to an attention function beyond what it computes with. Whatever else is not None may change what it
# has to compute (a soft cap, sinks, a bias), so it is refused.
_HARMLESS_ARGUMENTS = frozenset({"position_ids", "cache_position", "use_cache", "output_router_logits"})


class PackingError(ValueError):
    """A model asks something of attention that packed attention does not compute."""


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
    sliding_window: int | None = None,
    **others: Any,  # noqa: ANN401 - what other attention functions of transformers take
) -> tuple[torch.Tensor, None]:
    """Causal attention within each record of a pack.

    Args:
        module: the attention layer.
        query: (1, heads, tokens, head size).
        key: (1, key heads, tokens, head size).
        value: as key.
        attention_mask: must be None: the bounds replace it.
        record_bounds: where each record begins, and the end: [0, 120, 300] are two records of 120 and 180 tokens. The
            tokens before the first bound are a prefix that all share: [20, 120, 300] are two of 120 and 200 tokens.
        scaling: what the scores are multiplied by; None for 1/sqrt(head size).
        dropout: probability of dropping an attention weight.
        sliding_window: how many tokens of its record a token attends to, itself included; None for all before it.
        others: must be None, False or harmless.

    Returns:
        (1, tokens, heads, head size), and None in place of the weights.

    Raises:
        PackingError: naming what the model asks for and packed attention does not compute.
    """
    if attention_mask is not None:
        raise PackingError("packed attention takes record_bounds, not a mask")
    _refuse_unknown_arguments(module, others)
    obstacle = find_varlen_obstacle(query, key, value, dropout)
    _log_choice(obstacle)
    if obstacle is None:
        return attend_varlen(query, key, value, record_bounds, scaling=scaling, window=sliding_window), None
    prefix, lengths = record_bounds[0], [end - start for start, end in itertools.pairwise(record_bounds)]
    queries, keys, values = (_split_by_record(states, prefix, lengths) for states in (query, key, value))
    settings: dict[str, Any] = {"dropout_p": dropout, "scale": scaling, "enable_gqa": query.shape[1] != key.shape[1]}
    outputs = (_attend(q, k, v, sliding_window, settings) for q, k, v in zip(queries, keys, values, strict=True))
    # The shared prefix attends to itself alone, so its output is the same in each record: the first one's is kept.
    parts = [next(outputs), *(output[:, :, prefix:] for output in outputs)]
    return torch.cat(parts, dim=2).transpose(1, 2), None


@cache
def _log_choice(obstacle: str | None) -> None:
    """Once for each reason."""
    log.info("attention: %s", "one kernel a pack" if obstacle is None else f"a kernel for each record ({obstacle})")


def _refuse_unknown_arguments(module: torch.nn.Module, arguments: Mapping[str, Any]) -> None:
    if arguments.get("is_causal") is False or getattr(module, "is_causal", True) is False:
        raise PackingError(f"packed attention is causal, and {type(module).__name__} is not")
    for name, value in arguments.items():
        if value is not None and value is not False and name not in {*_HARMLESS_ARGUMENTS, "is_causal"}:
            raise PackingError(f"packed attention does not compute {name}, which {type(module).__name__} asks for")


def _attend(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, window: int | None, settings: dict[str, Any]
) -> torch.Tensor:
    """Causal attention of one record, of each token to at most `window` tokens; shapes as `attend_causally`."""
    if window is not None and window < query.shape[2]:
        return _attend_in_window(query, key, value, window, settings)
    if query.device.type == "cpu":
        return attend_causally(query, key, value, **settings)
    return scaled_dot_product_attention(query, key, value, is_causal=True, **settings)


def _attend_in_window(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, window: int, settings: dict[str, Any]
) -> torch.Tensor:
    """Attention of each token to itself and the `window` - 1 tokens before it, with a mask of the record's square."""
    tokens, groups = query.shape[2], query.shape[1] // key.shape[1]
    is_seen = torch.ones(tokens, tokens, dtype=torch.bool, device=query.device).tril().triu(1 - window)
    # With a mask, kernels that share key heads are not the fast ones, so the heads are repeated as transformers does.
    key, value = (states.repeat_interleave(groups, dim=1) for states in (key, value))
    return scaled_dot_product_attention(query, key, value, attn_mask=is_seen, **{**settings, "enable_gqa": False})


def _split_by_record(states: torch.Tensor, prefix: int, lengths: list[int]) -> list[torch.Tensor]:
    """The states of each record, those of the shared prefix included."""
    # split, not slices: the gradient of a slice is a whole pack of zeros, written and added up record by record.
    shared, *own = torch.split(states, [prefix, *lengths], dim=2)
    return [torch.cat([shared, part], dim=2) for part in own] if prefix else own


# No mask function is registered under this name, so transformers builds no mask: its cost is the pack's square.
AttentionInterface.register(ATTENTION_NAME, packed_attention)


@contextmanager
def use_attention(model: PreTrainedModel, name: str) -> Iterator[None]:
    """Inside the block the model attends by another function of transformers; afterwards as before.

    Raises:
        PackingError: if the model's attention is code of its own, which can't be replaced.
    """
    if not model._can_set_attn_implementation():
        raise PackingError(f"the attention of {type(model).__name__} is code of its own")
    before = model.config._attn_implementation
    model.set_attn_implementation(name)
    try:
        yield
    finally:
        model.set_attn_implementation(before)


# Inside the block the model attends within the records of a pack.
use_packed_attention = partial(use_attention, name=ATTENTION_NAME)


def uses_packed_attention(model: PreTrainedModel) -> bool:
    """Whether a model attends within the records of a pack now, so that it takes several records at once."""
    return bool(model.config._attn_implementation == ATTENTION_NAME)
