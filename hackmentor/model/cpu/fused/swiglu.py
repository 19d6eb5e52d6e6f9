"""Llama's gated MLP, which keeps its two factors for the backward pass, and not what it makes of them on the way."""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace
from typing import Any

import torch
from torch.nn.functional import silu

from hackmentor.model.cpu.fused.trial import Forward, make_probe


class SwiGlu(torch.autograd.Function):
    """silu(gate) * up (Shazeer 2020)."""

    @staticmethod
    def forward(ctx: Any, gate: torch.Tensor, up: torch.Tensor) -> torch.Tensor:  # noqa: ANN401
        """gate and up: (..., features)."""
        ctx.save_for_backward(gate, up)
        return silu(gate).mul_(up)

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:  # noqa: ANN401
        """With s the logistic function of the gate: grad up s (1 + gate (1 - s)), and grad gate s."""
        gate, up = ctx.saved_tensors
        return torch.ops.aten.silu_backward(grad * up, gate), silu(gate).mul_(grad)


def build_swiglu_forward(module: torch.nn.Module) -> Forward | None:
    """The forward pass of a gated MLP with SiLU; None for a module that is none, or computes something else."""
    return partial(_forward_swiglu, module) if _is_swiglu_mlp(module) else None


def _forward_swiglu(mlp: Any, x: torch.Tensor) -> torch.Tensor:  # noqa: ANN401
    gated = SwiGlu.apply(mlp.gate_proj(x), mlp.up_proj(x))  # type: ignore[no-untyped-call]
    return mlp.down_proj(gated)  # type: ignore[no-any-return]


@torch.no_grad()
def _is_swiglu_mlp(module: torch.nn.Module) -> bool:
    if not all(hasattr(module, name) for name in ("gate_proj", "up_proj", "down_proj", "act_fn")):
        return False
    # The module's formula alone, on matrices that cost nothing.
    parts = {"gate_proj": lambda x: 2 * x, "up_proj": lambda x: x + 1, "down_proj": lambda x: x - 3}
    x = make_probe(2, 8)
    try:
        found = type(module).forward(SimpleNamespace(**parts, act_fn=module.act_fn), x)
    except (AttributeError, TypeError, RuntimeError):
        return False
    return isinstance(found, torch.Tensor) and torch.allclose(found, _forward_swiglu(SimpleNamespace(**parts), x))
