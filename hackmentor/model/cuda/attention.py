"""Attention over a pack in one kernel: torch's variable-length attention (FlashAttention-2, Dao 2023).

The plain path has a kernel for each record of each layer, so that a pack of many short records waits for launches.
"""

from __future__ import annotations

import importlib.util
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import torch

# What the kernel is written for: half precision, and heads of up to so many features.
_DTYPES = (torch.float16, torch.bfloat16)
_MAX_HEAD_SIZE = 256
_MIN_CAPABILITY = (8, 0)


@dataclass(frozen=True)
class RecordLayout:
    """Where the records of a pack are when each has the shared prefix, as the kernel takes them.

    Attributes:
        rows: (tokens with repeats,) which token of the pack stands there; None if no record shares a prefix.
        kept: (tokens,) where the outputs of the pack's tokens are among these; None likewise.
        cu_seqlens: (records + 1,) int32, where each record begins, and the end.
        longest: tokens of the longest record.
    """

    rows: torch.Tensor | None
    kept: torch.Tensor | None
    cu_seqlens: torch.Tensor
    longest: int


def lay_records_out(record_bounds: Sequence[int], device: torch.device) -> RecordLayout:
    """The layout of a pack with these bounds (see `packed_attention`), made once for all layers."""
    return _lay_out(tuple(record_bounds), device)


# A pack goes through all layers forward, and with recomputation backward, before the next one.
@lru_cache(maxsize=4)
def _lay_out(bounds: tuple[int, ...], device: torch.device) -> RecordLayout:
    prefix, own = bounds[0], list(itertools.pairwise(bounds))
    lengths = [prefix + end - start for start, end in own]
    cu_seqlens = torch.tensor([0, *itertools.accumulate(lengths)], dtype=torch.int32).to(device)
    if not prefix:
        return RecordLayout(None, None, cu_seqlens, max(lengths))
    rows: list[int] = []
    kept = list(range(prefix))
    for start, end in own:
        rows += range(prefix)
        kept += range(len(rows), len(rows) + end - start)
        rows += range(start, end)
    return RecordLayout(torch.tensor(rows).to(device), torch.tensor(kept).to(device), cu_seqlens, max(lengths))


def find_varlen_obstacle(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, dropout: float) -> str | None:
    """Why a pack's attention can't be one kernel here; None if it can.

    Args:
        query: (1, heads, tokens, head size).
        key: (1, key heads, tokens, head size).
        value: as key.
        dropout: probability of dropping an attention weight.
    """
    if query.device.type != "cuda":
        return "not on a CUDA device"
    if not _has_varlen_attention():
        return f"torch {torch.__version__} has no variable-length attention"
    if (capability := _get_capability(query.device)) < _MIN_CAPABILITY:
        return f"compute capability {'.'.join(map(str, capability))}, the kernel needs 8.0"
    return find_form_obstacle(query, key, value, dropout)


def find_form_obstacle(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, dropout: float) -> str | None:
    """As `find_varlen_obstacle`, by what is computed alone, whatever the device."""
    if {states.dtype for states in (query, key, value)} not in ({dtype} for dtype in _DTYPES):
        return "not in half precision"
    if query.shape[-1] > _MAX_HEAD_SIZE or value.shape[-1] != query.shape[-1]:
        return f"heads of {query.shape[-1]} and {value.shape[-1]} features"
    return "dropout of attention weights" if dropout else None


@cache
def _has_varlen_attention() -> bool:
    return importlib.util.find_spec("torch.nn.attention.varlen") is not None


@cache
def _get_capability(device: torch.device) -> tuple[int, int]:
    return torch.cuda.get_device_capability(device)


def attend_varlen(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    record_bounds: Sequence[int],
    *,
    scaling: float | None,
    window: int | None,
) -> torch.Tensor:
    """Causal attention within each record of a pack, in one kernel; shapes as `packed_attention`, which calls it.

    Returns:
        (1, tokens, heads, head size).
    """
    from torch.nn.attention.varlen import varlen_attn

    layout = lay_records_out(record_bounds, query.device)
    # The kernel takes (tokens, heads, head size).
    states = [each[0].transpose(0, 1) for each in (query, key, value)]
    if layout.rows is not None:
        states = [each.index_select(0, layout.rows) for each in states]
    queries, keys, values = (each.contiguous() for each in states)
    output = varlen_attn(
        queries, keys, values, layout.cu_seqlens, layout.cu_seqlens, layout.longest, layout.longest,
        scale=scaling, window_size=(-1 if window is None else window - 1, 0),
        enable_gqa=query.shape[1] != key.shape[1],
    )  # fmt: skip
    assert isinstance(output, torch.Tensor)
    return (output if layout.kept is None else output.index_select(0, layout.kept)).unsqueeze(0)
