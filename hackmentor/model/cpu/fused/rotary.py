"""The rotary embedding, whose gradient is the rotation back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from hackmentor.model.cpu.fused.trial import make_probe

Rotation = Callable[..., tuple[torch.Tensor, torch.Tensor]]


class RotaryEmbedding(torch.autograd.Function):
    """x cos + (-x2, x1) sin, with x1 and x2 the halves of the last dimension (Su et al. 2021)."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:  # noqa: ANN401
        """x: (1, heads, tokens, head size); cos and sin: (1, 1, tokens, head size)."""
        ctx.save_for_backward(cos, sin)
        return _rotate_halves(x, cos, sin, 1)

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor, None, None]:  # noqa: ANN401
        """The rotation back: the halves of sin are equal."""
        cos, sin = ctx.saved_tensors
        return _rotate_halves(grad, cos, sin, -1), None, None


def _rotate_halves(x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor, direction: int) -> torch.Tensor:
    half = x.shape[-1] // 2
    out = x * cos
    out[..., :half].addcmul_(x[..., half:], sin[..., :half], value=-direction)
    out[..., half:].addcmul_(x[..., :half], sin[..., half:], value=direction)
    return out


def apply_rotary(
    q: torch.Tensor, k: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor, unsqueeze_dim: int = 1
) -> tuple[torch.Tensor, torch.Tensor]:
    """Queries and keys, rotated; cos and sin: (1, tokens, head size), without the dimension of the heads."""
    cos, sin = cos.unsqueeze(unsqueeze_dim), sin.unsqueeze(unsqueeze_dim)
    return RotaryEmbedding.apply(q, cos, sin), RotaryEmbedding.apply(k, cos, sin)  # type: ignore[no-untyped-call]


@torch.no_grad()
def is_rotary_function(function: Rotation | None) -> bool:
    """Whether a function rotates queries and keys as `apply_rotary` does, by trial."""
    if function is None:
        return False
    q, k = make_probe(1, 2, 3, 8), make_probe(1, 1, 3, 8)
    angles = make_probe(1, 3, 4).repeat(1, 1, 2)
    try:
        found = function(q, k, angles.cos(), angles.sin())
    except (TypeError, RuntimeError):
        return False
    same = all(map(torch.allclose, found, apply_rotary(q, k, angles.cos(), angles.sin())))
    return same and not _rotates_parts(function, q, k, angles[..., :4])


def _rotates_parts(function: Rotation, q: torch.Tensor, k: torch.Tensor, angles: torch.Tensor) -> bool:
    """Whether a function takes angles for a part of each head (GPT-NeoX)."""
    try:
        function(q, k, angles.cos(), angles.sin())
    except RuntimeError:
        return False
    return True
