"""The loss of a model on the trained tokens of a pack, from hidden states where its logits are one product."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from peft import PeftModel
from torch.nn.functional import cross_entropy
from transformers import PreTrainedModel

from hackmentor.model.attention import uses_packed_attention
from hackmentor.model.cpu.cross_entropy import CpuSummedCrossEntropy
from hackmentor.model.cross_entropy import SummedCrossEntropy
from hackmentor.train.packing import Pack

# What the models of transformers do to logits after the head, by the name of the setting.
_LOGIT_TRANSFORMS = ("final_logit_softcapping", "logit_scale", "logits_scaling", "lm_head_multiplier")


def compute_token_losses(model: torch.nn.Module, pack: Pack) -> torch.Tensor:
    """The cross-entropy, in nats, of each trained token of a pack (trained tokens,); logits exist for those alone."""
    logits = model(**_build_inputs(model, pack)).logits
    return cross_entropy(logits[0].float(), pack.labels, reduction="none")


def compute_pack_loss(model: torch.nn.Module, pack: Pack) -> torch.Tensor:
    """The sum of the losses of a pack's trained tokens, in memory that does not grow with the vocabulary."""
    return compute_summed_loss(model, pack.labels, _build_inputs(model, pack))


def _build_inputs(model: torch.nn.Module, pack: Pack) -> dict[str, Any]:
    """What the model gets. A record alone needs neither bounds nor positions, which some models don't take."""
    inputs = {"input_ids": pack.input_ids, "logits_to_keep": pack.predict_from, "use_cache": False}
    if uses_packed_attention(_get_base(model)):
        return {**inputs, "position_ids": pack.position_ids, "record_bounds": pack.bounds}
    if len(pack.bounds) > 2:
        raise ValueError("several records in a pack, for a model that does not attend within records")
    return inputs


def _get_base(model: torch.nn.Module) -> PreTrainedModel:
    return model.get_base_model() if isinstance(model, PeftModel) else model


def count_vocabulary(model: torch.nn.Module) -> int:
    """How many tokens a model tells apart: those of its head, as a multimodal one has its sizes elsewhere."""
    head: Any = _get_base(model).get_output_embeddings()
    return int(getattr(head, "out_features", head.weight.shape[0]))


def compute_summed_loss(model: torch.nn.Module, labels: torch.Tensor, inputs: dict[str, Any]) -> torch.Tensor:
    """The sum of the cross-entropies, in nats, of the positions that `inputs` tells the model to keep."""
    base: Any = _get_base(model)
    head = base.get_output_embeddings()
    if not _is_single_product(head, base):
        logits = model(**inputs).logits
        return cross_entropy(logits[0].float(), labels, reduction="sum")
    with _head_bypassed(head):
        hidden = model(**inputs).logits[0]
    if not torch.is_autocast_enabled(hidden.device.type):
        hidden = hidden.to(head.weight.dtype)  # some models turn logits into float32 after the head
    kernel = CpuSummedCrossEntropy if hidden.device.type == "cpu" else SummedCrossEntropy
    return kernel.apply(hidden, head.weight, labels)  # type: ignore[no-untyped-call, no-any-return]


def _is_single_product(head: torch.nn.Module, base: PreTrainedModel) -> bool:
    """Whether logits are one product and nothing else: no bias, adapter or quantisation, no transform after it."""
    config = base.config.get_text_config()
    is_transformed = any(getattr(config, name, None) for name in _LOGIT_TRANSFORMS)
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
