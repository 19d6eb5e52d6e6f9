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

from hackmentor.model.cpu.onednn import multiplies_float32_by_onednn


class FrozenProduct(torch.autograd.Function):
    """x W^T by oneDNN, with a weight that needs no gradient."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:  # noqa: ANN401
        """x: (..., inputs), weight: (outputs, inputs); returns (..., outputs)."""
        ctx.save_for_backward(weight)
        return _by_onednn(x, weight)

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor, None]:  # noqa: ANN401
        """The gradient of x alone."""
        (weight,) = ctx.saved_tensors
        return _by_onednn(grad, weight.t()), None


def product(x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """x W^T. x: (..., inputs), weight: (outputs, inputs), or a transposed view of (inputs, outputs)."""
    if not _suits(x, weight):
        return linear(x, weight)
    return FrozenProduct.apply(x, weight)  # type: ignore[no-any-return, no-untyped-call]


@contextmanager
def own_products(model: PreTrainedModel) -> Iterator[None]:
    """Inside the block the frozen linear layers of a model multiply as `product`, and after it as before."""
    with ExitStack() as before:
        for layer in model.modules():
            if type(layer) is torch.nn.Linear and layer.bias is None and "forward" not in vars(layer):
                before.callback(delattr, layer, "forward")
                layer.forward = partial(_multiplied, layer)
        yield


def _multiplied(layer: torch.nn.Linear, x: torch.Tensor) -> torch.Tensor:
    return product(x, layer.weight)


def _suits(x: torch.Tensor, weight: torch.Tensor) -> bool:
    if weight.requires_grad or weight.device.type != "cpu" or not x.numel():
        return False
    return (
        x.dtype == weight.dtype == torch.float32
        and not torch.is_autocast_enabled("cpu")
        and multiplies_float32_by_onednn()
    )


def _by_onednn(x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    return torch.ops.mkldnn._linear_pointwise(x, weight, None, "none", [], "")  # type: ignore[no-any-return]
