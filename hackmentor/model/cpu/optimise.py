"""All that makes a model fast on a processor, behind two context managers. On a GPU neither is in use."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from transformers import PreTrainedModel

from hackmentor.model.cpu.allocator import keep_freed_memory
from hackmentor.model.cpu.dequantise import use_dequantised_weights
from hackmentor.model.cpu.fused import use_fused_backward
from hackmentor.model.cpu.linear import use_onednn_linear
from hackmentor.model.cpu.padding import use_padded_packs


@contextmanager
def optimised_for_training(model: PreTrainedModel, *, sharded: bool = False) -> Iterator[None]:
    """Inside the block a base trains on a processor with the fast forms of its operations.

    Args:
        model: the base, without its PEFT wrapper.
        sharded: whether its weights are spread over processes: then norms and products stay as they are, whose fused
            forms need plain tensors.
    """
    keep_freed_memory()
    with ExitStack() as stack:
        stack.enter_context(use_padded_packs(model))
        stack.enter_context(use_dequantised_weights(model))
        if not sharded:
            stack.enter_context(use_fused_backward(model))
            stack.enter_context(use_onednn_linear(model))
        yield


@contextmanager
def optimised_for_inference(model: PreTrainedModel) -> Iterator[None]:
    """Inside the block 8-bit weights of a base on a processor are dequantised once, and packs padded to few sizes.

    What an answer is does not depend on the others in its batch, as it would with bitsandbytes' 8-bit activations.
    """
    with use_padded_packs(model), use_dequantised_weights(model, inference=True):
        yield
