"""Products with frozen float32 weights on a processor, by the library that computes them fastest there.

PyTorch multiplies float32 matrices with MKL, which leaves a part of an AMD processor's speed unused. oneDNN, which
PyTorch brings as well and uses for other types, does not. Measured in benchmarks/results.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

import torch
from torch.nn.functional import linear
from transformers import PreTrainedModel

from hackmentor.model.cpu.onednn import uses_onednn_for_float32


class FrozenLinear(torch.autograd.Function):
    """x W^T by oneDNN, with a weight that needs no gradient."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:  # noqa: ANN401
        """x: (..., inputs), weight: (outputs, inputs); returns (..., outputs)."""
        ctx.save_for_backward(weight)
        return _multiply_by_onednn(x, weight)

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor, None]:  # noqa: ANN401
        """The gradient of x alone."""
        (weight,) = ctx.saved_tensors
        return _multiply_by_onednn(grad, weight.t()), None


def multiply_frozen(x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """x W^T. x: (..., inputs), weight: (outputs, inputs), or a transposed view of (inputs, outputs)."""
    if not _is_supported(x, weight):
        return linear(x, weight)
    return FrozenLinear.apply(x, weight)  # type: ignore[no-any-return, no-untyped-call]


@contextmanager
def use_onednn_linear(model: PreTrainedModel) -> Iterator[None]:
    """Inside the block the frozen linear layers of a model multiply as `multiply_frozen`, and after it as before."""
    with ExitStack() as before:
        for layer in model.modules():
            if type(layer) is torch.nn.Linear and layer.bias is None and "forward" not in vars(layer):
                before.callback(delattr, layer, "forward")
                layer.forward = partial(_forward_linear, layer)
        yield


def _forward_linear(layer: torch.nn.Linear, x: torch.Tensor) -> torch.Tensor:
    return multiply_frozen(x, layer.weight)


def _is_supported(x: torch.Tensor, weight: torch.Tensor) -> bool:
    if weight.requires_grad or weight.device.type != "cpu" or not x.numel():
        return False
    return (
        x.dtype == weight.dtype == torch.float32 and not torch.is_autocast_enabled("cpu") and uses_onednn_for_float32()
    )


def _multiply_by_onednn(x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    return torch.ops.mkldnn._linear_pointwise(x, weight, None, "none", [], "")  # type: ignore[no-any-return]
