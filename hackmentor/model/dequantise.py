"""8-bit weights, dequantised for their products: one way to compute a record in training, validation and evaluation.

bitsandbytes computes LLM.int8 with quantised activations, and takes out of them the columns that have an outlier
anywhere in the batch: what a record costs depends on the others beside it, and on a GPU the processor waits for each
layer to find them. In training on a processor it dequantises instead. Here a product does so always and everywhere, by
the formula of bitsandbytes (MatMul8bitFp), so that its bits are the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psutil
import torch
from bitsandbytes.nn import Linear8bitLt
from transformers import PreTrainedModel

from hackmentor.model.cpu.linear import multiply_frozen
from hackmentor.model.kept_copies import keeps_copies


@contextmanager
def use_dequantised_weights(model: PreTrainedModel) -> Iterator[None]:
    """Inside the block the 8-bit layers of a model multiply with dequantised weights, of the type of its other weights.

    On a processor each is dequantised once and kept, if all of them fit into half of the free memory; else, and on a
    GPU, for each product anew, so that one of them exists at a time.
    """
    layers = [layer for layer in model.modules() if isinstance(layer, Linear8bitLt)]
    dtype: torch.dtype = model.get_input_embeddings().weight.dtype
    size = dtype.itemsize * sum(layer.weight.numel() for layer in layers)
    on_processor = all(layer.weight.device.type == "cpu" for layer in layers)
    keeps = on_processor and keeps_copies(size, psutil.virtual_memory().available)
    for layer in layers:
        layer.forward = _KeptForward(layer, dtype) if keeps else _DequantisingForward(layer, dtype)
    try:
        yield
    finally:
        for layer in layers:
            del layer.forward


class _DequantisingForward:
    """The forward pass of a layer whose weight is dequantised for each product."""

    def __init__(self, layer: Linear8bitLt, dtype: torch.dtype) -> None:
        self._layer, self._dtype = layer, dtype

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        codes, scales = _get_quantised(self._layer)
        product: torch.Tensor = DequantisedLinear.apply(x, codes, scales, self._dtype)  # type: ignore[no-untyped-call]
        return product if self._layer.bias is None else product + self._layer.bias.to(product.dtype)


class _KeptForward:
    """The same, with a weight that is dequantised when it is first needed."""

    def __init__(self, layer: Linear8bitLt, dtype: torch.dtype) -> None:
        self._layer, self._weight = layer, torch.empty(0, dtype=dtype)

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        if self._weight.numel() == 0:
            self._weight = _dequantise(*_get_quantised(self._layer), self._weight.dtype)
        if self._layer.bias is None:
            return multiply_frozen(x, self._weight)
        return torch.nn.functional.linear(x, self._weight, self._layer.bias)


class DequantisedLinear(torch.autograd.Function):
    """x W^T with a frozen 8-bit W, which is dequantised once for the product and once for its gradient."""

    @staticmethod
    def forward(
        ctx: Any,  # noqa: ANN401
        x: torch.Tensor,
        codes: torch.Tensor,
        scales: torch.Tensor,
        dtype: torch.dtype,
    ) -> torch.Tensor:
        """x: (..., inputs), codes: int8 (outputs, inputs), scales: (outputs,); returns (..., outputs) of that type."""
        ctx.save_for_backward(codes, scales)
        ctx.input_dtype = x.dtype
        return multiply_frozen(x.to(dtype), _dequantise(codes, scales, dtype))

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor, None, None, None]:  # noqa: ANN401
        """The gradient of x alone."""
        codes, scales = ctx.saved_tensors
        return multiply_frozen(grad, _dequantise(codes, scales, grad.dtype).t()).to(ctx.input_dtype), None, None, None


def _get_quantised(layer: Linear8bitLt) -> tuple[torch.Tensor, torch.Tensor]:
    """The weight as int8 (outputs, inputs), and the largest magnitude of each row, (outputs,)."""
    if layer.weight.CB is not None:
        layer.init_8bit_state()
    return layer.state.CB.data, layer.state.SCB


def _dequantise(codes: torch.Tensor, scales: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """As in bitsandbytes' MatMul8bitFp: row i is scaled by its largest magnitude / 127."""
    # In float32, rounded once: the bits of a product of bf16 and float32, which torch computes several times slower.
    return codes.to(torch.float32).mul_(scales.unsqueeze(1).mul(1.0 / 127.0)).to(dtype)
