"""The loss of a model on chosen positions, from hidden states where its logits are one product."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from peft import PeftModel
from torch.nn.functional import cross_entropy
from transformers import PreTrainedModel

from hackmentor.model.cpu.cross_entropy import CpuSummedCrossEntropy
from hackmentor.model.cross_entropy import SummedCrossEntropy

# What the models of transformers do to logits after the head, by the name of the setting.
_LOGIT_TRANSFORMS = ("final_logit_softcapping", "logit_scale", "logits_scaling")


def compute_summed_loss(model: torch.nn.Module, labels: torch.Tensor, inputs: dict[str, Any]) -> torch.Tensor:
    """The sum of the cross-entropies, in nats, of the positions that `inputs` tells the model to keep."""
    base: Any = model.get_base_model() if isinstance(model, PeftModel) else model
    head = base.get_output_embeddings()
    if not _is_single_product(head, base):
        logits = model(**inputs).logits
        return cross_entropy(logits[0].float(), labels, reduction="sum")
    with _head_bypassed(head):
        hidden = model(**inputs).logits[0]
    kernel = CpuSummedCrossEntropy if hidden.device.type == "cpu" else SummedCrossEntropy
    return kernel.apply(hidden, head.weight, labels)  # type: ignore[no-untyped-call, no-any-return]


def _is_single_product(head: torch.nn.Module, base: PreTrainedModel) -> bool:
    """Whether logits are one product and nothing else: no bias, adapter or quantisation, no transform after it."""
    is_transformed = any(getattr(base.config, name, None) for name in _LOGIT_TRANSFORMS)
    return type(head) is torch.nn.Linear and head.bias is None and not is_transformed


@contextmanager
def _head_bypassed(head: torch.nn.Module) -> Iterator[None]:
    """Inside the block the head passes on what it gets: the model's own forward returns hidden states as logits."""
    forward = head.forward
    head.forward = lambda hidden: hidden
    try:
        yield
    finally:
        head.forward = forward
