"""8-bit weights on a processor, dequantised once instead of at every product.

bitsandbytes trains LLM.int8 layers on a processor by dequantising the whole weight for each product, forward and again
backward. Where memory allows, the product takes a copy made once, by the same formula, so its bits are the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import torch
from bitsandbytes.nn import Linear8bitLt
from torch.nn.functional import linear
from transformers import PreTrainedModel

from hackmentor.model.cpu.linear import multiply_frozen

# Of the memory that is free: the rest is for activations.
_MAX_SHARE_OF_FREE_MEMORY = 0.5


@contextmanager
def use_dequantised_weights(model: PreTrainedModel, *, inference: bool = False) -> Iterator[None]:
    """Trains on dequantised copies inside this block, if the model is 8-bit, on a processor, and the copies fit.

    A copy is of the type of the model's other weights. Outside training the layers stay as they are, unless
    `evaluating`: bitsandbytes evaluates with quantised activations, and which of their columns are outliers depends on
    the whole batch, so that an answer would depend on the others beside it.
    """
    layers = [layer for layer in model.modules() if isinstance(layer, Linear8bitLt)]
    on_processor = all(layer.weight.device.type == "cpu" for layer in layers)
    dtype: torch.dtype = model.get_input_embeddings().weight.dtype
    size = dtype.itemsize * sum(layer.weight.numel() for layer in layers)
    if not on_processor or size > _MAX_SHARE_OF_FREE_MEMORY * psutil.virtual_memory().available:
        yield
        return
    for layer in layers:
        layer.forward = _DequantisedForward(layer, dtype, inference)
    try:
        yield
    finally:
        for layer in layers:
            del layer.forward


class _DequantisedForward:
    """The forward pass of a layer, with a dequantised weight made when it is first needed."""

    def __init__(self, layer: Linear8bitLt, dtype: torch.dtype, evaluating: bool) -> None:
        self._layer, self._original, self._weight = layer, layer.forward, torch.empty(0, dtype=dtype)
        self._evaluating = evaluating

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        if not (self._layer.training or self._evaluating):
            return self._original(x)  # type: ignore[no-any-return]
        if self._weight.numel() == 0:
            self._weight = _dequantise_weight(self._layer, self._weight.dtype)
        if self._layer.bias is None:
            return multiply_frozen(x, self._weight)
        return linear(x, self._weight, self._layer.bias)


def _dequantise_weight(layer: Linear8bitLt, dtype: torch.dtype) -> torch.Tensor:
    """As in bitsandbytes' MatMul8bitFp: row i is scaled by its largest magnitude / 127."""
    if layer.weight.CB is not None:
        layer.init_8bit_state()
    scales = layer.state.SCB.unsqueeze(1).mul(1.0 / 127.0)
    # In float32, rounded once: the bits of a product of bf16 and float32, which torch computes several times slower.
    return layer.state.CB.data.to(torch.float32).mul_(scales).to(dtype)  # type: ignore[no-any-return]
