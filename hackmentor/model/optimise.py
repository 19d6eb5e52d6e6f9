"""What makes a model fast on its device, behind two context managers: one for training, one for all else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from transformers import PreTrainedModel

from hackmentor.model.cpu.allocator import keep_freed_memory
from hackmentor.model.cpu.fused import use_fused_backward
from hackmentor.model.cpu.linear import use_onednn_linear
from hackmentor.model.cpu.padding import use_padded_packs
from hackmentor.model.cuda.liger import use_liger_kernels
from hackmentor.model.dequantise import use_dequantised_weights


@contextmanager
def optimised_for_training(
    model: PreTrainedModel, *, device_type: str = "cpu", sharded: bool = False
) -> Iterator[None]:
    """Inside the block a base trains with 8-bit weights dequantised, with the fast operations of its device.

    Args:
        model: the base, without its PEFT wrapper.
        device_type: of the device that it trains on.
        sharded: whether its weights are spread over processes: then norms and products stay as they are, whose fused
            forms need plain tensors.
    """
    with ExitStack() as stack:
        stack.enter_context(use_dequantised_weights(model))
        if device_type == "cpu":
            keep_freed_memory()
            stack.enter_context(use_padded_packs(model))
            if not sharded:
                stack.enter_context(use_fused_backward(model))
                stack.enter_context(use_onednn_linear(model))
        elif device_type == "cuda" and not sharded:
            stack.enter_context(use_liger_kernels(model))
        yield


@contextmanager
def optimised_for_inference(model: PreTrainedModel) -> Iterator[None]:
    """Inside the block a base computes as in training, its 8-bit weights dequantised, with packs of few sizes.

    What an answer is does not depend on the others in its batch, as it would with bitsandbytes' 8-bit activations.
    """
    with use_padded_packs(model), use_dequantised_weights(model):
        yield
