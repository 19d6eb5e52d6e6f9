"""LoRA's two thin products, added to what the layer gives: in the orientation that is fast, and without copies."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from peft.tuners.lora import Linear, LoraLayer
from peft.tuners.lora.bnb import Linear8bitLt

from hackmentor.model.cpu.fused.trial import Forward
from hackmentor.model.cpu.linear import multiply_frozen


class LoraUpdate(torch.autograd.Function):
    """result + scaling * x A^T B^T (Hu et al. 2021)."""

    @staticmethod
    def forward(
        ctx: Any,  # noqa: ANN401
        result: torch.Tensor,
        x: torch.Tensor,
        a: torch.Tensor,
        b: torch.Tensor,
        scaling: float,
    ) -> torch.Tensor:
        """result: (..., outputs), x: (..., inputs) of one type, a: (rank, inputs), b: (outputs, rank)."""
        rows = x.reshape(-1, x.shape[-1])
        narrow = multiply_frozen(rows, a.detach().to(x.dtype))
        ctx.save_for_backward(rows, narrow, a, b)
        ctx.scaling = scaling
        wide = torch.addmm(result.reshape(-1, result.shape[-1]), narrow, b.to(x.dtype).t(), alpha=scaling)
        # No view, which a model could not change in place (Falcon adds to it).
        return torch.ops.aten._unsafe_view(wide, result.shape)  # type: ignore[no-any-return]

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor | None, ...]:  # noqa: ANN401
        """Of the result, x, A and B. B's is computed transposed: PyTorch's product is several times slower else."""
        rows, narrow, a, b = ctx.saved_tensors
        wide = grad.reshape(-1, grad.shape[-1])
        towards = multiply_frozen(wide, b.detach().to(wide.dtype).t()).mul_(ctx.scaling)
        grad_x = (towards @ a.to(towards.dtype)).view(*grad.shape[:-1], -1) if ctx.needs_input_grad[1] else None
        grad_a = (towards.t() @ rows).to(a.dtype)
        grad_b = (narrow.t() @ wide).mul_(ctx.scaling).t().to(b.dtype).contiguous()
        return grad, grad_x, grad_a, grad_b, None


def build_lora_forward(module: torch.nn.Module) -> Forward | None:
    """The forward pass of a LoRA layer of PEFT's; None for any other module."""
    return partial(_forward_lora, module, module.forward) if type(module) in (Linear, Linear8bitLt) else None


def _forward_lora(layer: Any, original_forward: Forward, x: torch.Tensor, *more: Any, **named: Any) -> torch.Tensor:  # noqa: ANN401
    if more or named or not _is_plain(layer, x):
        return original_forward(x, *more, **named)  # type: ignore[no-any-return]
    (name,) = layer.active_adapters
    result, thinned = layer.base_layer(x), layer.lora_dropout[name](x)
    a, b, scaling = layer.lora_A[name].weight, layer.lora_B[name].weight, layer.scaling[name]
    return LoraUpdate.apply(result, thinned.to(result.dtype), a, b, scaling)  # type: ignore[no-any-return, no-untyped-call]


def _is_plain(layer: LoraLayer, x: torch.Tensor) -> bool:
    """Whether it now computes `LoraUpdate` alone: one adapter, switched on, of no variant, without biases."""
    if layer.disable_adapters or layer.merged or len(layer.active_adapters) != 1:
        return False
    name = layer.active_adapters[0]
    if name not in layer.lora_A or name in layer.lora_variant or layer.lora_B[name].bias is not None:
        return False
    return torch.is_autocast_enabled("cpu") or x.dtype == layer.lora_A[name].weight.dtype
