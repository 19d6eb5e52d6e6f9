"""Formulas with gradients of their own, which read and write a pack less often, and keep less, than autograd's.

All are short formulas over large tensors, so that on a processor their time is that of memory: with autograd each
operation of the formula, and of its derivative, is a pass of its own. Measured in benchmarks/results.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from transformers import PreTrainedModel

from hackmentor.model.cpu.fused.low_rank import build_lora_forward
from hackmentor.model.cpu.fused.norm import build_rms_norm_forward
from hackmentor.model.cpu.fused.rotary import apply_rotary, is_rotary_function
from hackmentor.model.cpu.fused.swiglu import build_swiglu_forward


@contextmanager
def use_fused_backward(model: PreTrainedModel) -> Iterator[None]:
    """Inside the block a model computes norms, rotations, gated MLPs and LoRA with these, and after it as before.

    What computes something else, by trial, is left as it is; so is a norm that is trained.
    """
    with ExitStack() as before:
        for module in model.modules():
            if forward := build_rms_norm_forward(module) or build_swiglu_forward(module) or build_lora_forward(module):
                before.callback(delattr, module, "forward")
                module.forward = forward
        code = sys.modules[type(model).__module__]
        if is_rotary_function(theirs := getattr(code, "apply_rotary_pos_emb", None)):
            before.callback(setattr, code, "apply_rotary_pos_emb", theirs)
            code.apply_rotary_pos_emb = apply_rotary  # type: ignore[attr-defined]
        yield
