"""RMSNorm and rotary embedding with gradients of their own, which read and write a pack less often than autograd's.

Both are short formulas over large tensors, so that on a processor their time is that of memory: with autograd each
operation of the formula, and of its derivative, is a pass of its own. Measured in benchmarks/results.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

import torch
from transformers import PreTrainedModel

Rotation = Callable[..., tuple[torch.Tensor, torch.Tensor]]


class RmsNorm(torch.autograd.Function):
    """weight * x / sqrt(mean(x^2) + eps) over the last dimension (Zhang & Sennrich 2019), with a frozen weight."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:  # noqa: ANN401
        """x: (..., features), weight: (features,); the mean is taken in float32."""
        wide = x.float()
        scale = torch.linalg.vector_norm(wide, dim=-1, keepdim=True).square_().div_(x.shape[-1]).add_(eps).rsqrt_()
        ctx.save_for_backward(x, weight, scale)
        normed: torch.Tensor = weight * (wide * scale).to(x.dtype)
        return normed

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor, None, None]:  # noqa: ANN401
        """With g the gradient times the weight and s the scale: s g - s^3 x mean(g x)."""
        x, weight, scale = ctx.saved_tensors
        wide, weighted = x.float(), (grad * weight).float()
        along = (weighted * wide).mean(dim=-1, keepdim=True).mul_(scale.pow(3))
        return weighted.mul_(scale).addcmul_(wide, along, value=-1).to(x.dtype), None, None


class Rotated(torch.autograd.Function):
    """x cos + (-x2, x1) sin, with x1 and x2 the halves of the last dimension (Su et al. 2021)."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:  # noqa: ANN401
        """x: (1, heads, tokens, head size); cos and sin: (1, 1, tokens, head size)."""
        ctx.save_for_backward(cos, sin)
        return _rotated(x, cos, sin, 1)

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor, None, None]:  # noqa: ANN401
        """The rotation back: the halves of sin are equal."""
        cos, sin = ctx.saved_tensors
        return _rotated(grad, cos, sin, -1), None, None


def _rotated(x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor, way: int) -> torch.Tensor:
    half = x.shape[-1] // 2
    out = x * cos
    out[..., :half].addcmul_(x[..., half:], sin[..., :half], value=-way)
    out[..., half:].addcmul_(x[..., :half], sin[..., half:], value=way)
    return out


def _rotate(
    q: torch.Tensor, k: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor, unsqueeze_dim: int = 1
) -> tuple[torch.Tensor, torch.Tensor]:
    cos, sin = cos.unsqueeze(unsqueeze_dim), sin.unsqueeze(unsqueeze_dim)
    return Rotated.apply(q, cos, sin), Rotated.apply(k, cos, sin)  # type: ignore[no-untyped-call]


@contextmanager
def own_gradients(model: PreTrainedModel) -> Iterator[None]:
    """Inside the block a model computes its norms and rotations with these, and after it as before.

    What computes something else, by trial, is left as it is; so is a norm that is trained.
    """
    with ExitStack() as before:
        for module in model.modules():
            if _is_rms_norm(module):
                before.callback(delattr, module, "forward")
                module.forward = partial(_normed, module)
        code = sys.modules[type(model).__module__]
        if _is_rotation(theirs := getattr(code, "apply_rotary_pos_emb", None)):
            before.callback(setattr, code, "apply_rotary_pos_emb", theirs)
            code.apply_rotary_pos_emb = _rotate  # type: ignore[attr-defined]
        yield


def _normed(module: Any, x: torch.Tensor) -> torch.Tensor:  # noqa: ANN401
    return RmsNorm.apply(x, module.weight, module.variance_epsilon)  # type: ignore[no-any-return, no-untyped-call]


@torch.no_grad()
def _is_rms_norm(module: torch.nn.Module) -> bool:
    weight = getattr(module, "weight", None)
    if not hasattr(module, "variance_epsilon") or weight is None or weight.requires_grad or weight.dim() != 1:
        return False
    probe = _probe(2, len(weight)).to(weight.dtype)
    return torch.allclose(module(probe), _normed(module, probe), rtol=1e-2 if weight.dtype != torch.float32 else 1e-5)


@torch.no_grad()
def _is_rotation(theirs: Rotation | None) -> bool:
    if theirs is None:
        return False
    q, k = _probe(1, 2, 3, 8), _probe(1, 1, 3, 8)
    angles = _probe(1, 3, 4).repeat(1, 1, 2)
    try:
        found = theirs(q, k, angles.cos(), angles.sin())
    except (TypeError, RuntimeError):
        return False
    return all(map(torch.allclose, found, _rotate(q, k, angles.cos(), angles.sin())))


def _probe(*shape: int) -> torch.Tensor:
    """Numbers between -1 and 1, without drawing from the generator that a resumed training takes up."""
    numbers = torch.arange(1.0, 1 + torch.Size(shape).numel())
    return torch.sin(numbers).reshape(shape)
