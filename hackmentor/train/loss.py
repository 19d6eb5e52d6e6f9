"""Cross-entropy over a large vocabulary, a few rows at a time, so that the logits of a pack never exist all at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from peft import PeftModel
from torch.nn.functional import cross_entropy, log_softmax, pad
from transformers import PreTrainedModel

from hackmentor.model.compiled import is_compiled, rounded_down, rounded_up
from hackmentor.model.products import product

# Logits (rows x vocabulary) that exist at a time. On a processor that is what its caches hold; a GPU wants more work.
_LOGITS_AT_ONCE = {"cpu": 2**23}
_LOGITS_AT_ONCE_ON_A_GPU = 2**26

# What the models of transformers do to logits behind the head, by the name of the setting.
_BEHIND_THE_HEAD = ("final_logit_softcapping", "logit_scale", "logits_scaling")


class SummedCrossEntropy(torch.autograd.Function):
    """The sum of cross-entropies, in nats, with its gradients computed on the way: backward only scales them."""

    @staticmethod
    def forward(ctx: Any, hidden: torch.Tensor, weight: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:  # noqa: ANN401
        """hidden: (tokens, hidden size), weight: (vocabulary, hidden size), labels: (tokens,); returns a scalar."""
        needs_hidden, needs_weight, _ = ctx.needs_input_grad
        nats = torch.zeros((), device=hidden.device)
        grad_hidden = torch.empty_like(hidden) if needs_hidden else None
        grad_weight = torch.zeros_like(weight) if needs_weight else None
        rows = max(1, _LOGITS_AT_ONCE.get(hidden.device.type, _LOGITS_AT_ONCE_ON_A_GPU) // len(weight))
        rows = rounded_down(rows) if is_compiled(hidden) else rows
        for start in range(0, len(hidden), rows):
            part, label = hidden[start : start + rows], labels[start : start + rows, None]
            logits = _product(part, weight)
            log_p = log_softmax(logits.float(), dim=1)
            nats = nats - log_p.gather(1, label).sum()
            if grad_hidden is None and grad_weight is None:
                continue
            # The gradient of the logits: p, less 1 at the label.
            slope = log_p.exp_().scatter_add_(1, label, log_p.new_full(label.shape, -1.0)).to(logits.dtype)
            if grad_hidden is not None:
                grad_hidden[start : start + rows] = _product(slope, weight.t())
            if grad_weight is not None:
                grad_weight += slope.T @ part
        ctx.save_for_backward(grad_hidden, grad_weight)
        return nats

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor | None, ...]:  # noqa: ANN401
        """Scales what forward has computed."""
        hidden, weight = ctx.saved_tensors
        return (None if hidden is None else hidden * grad), (None if weight is None else weight * grad), None


def _product(x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """x W^T, with rows of zeros below x where kernels are compiled for each number of rows."""
    more = rounded_up(len(x)) - len(x) if is_compiled(x) else 0
    return product(pad(x, (0, 0, 0, more)) if more else x, weight)[: len(x)]


def summed_loss(model: torch.nn.Module, labels: torch.Tensor, inputs: dict[str, Any]) -> torch.Tensor:
    """The sum of the cross-entropies, in nats, of the positions that `inputs` tells the model to keep."""
    base: Any = model.get_base_model() if isinstance(model, PeftModel) else model
    head = base.get_output_embeddings()
    if not _is_plain(head, base):
        logits = model(**inputs).logits
        return cross_entropy(logits[0].float(), labels, reduction="sum")
    with _left_out(head):
        hidden = model(**inputs).logits[0]
    return SummedCrossEntropy.apply(hidden, head.weight, labels)  # type: ignore[no-untyped-call, no-any-return]


def _is_plain(head: torch.nn.Module, base: PreTrainedModel) -> bool:
    """Whether logits are one product and nothing else: no bias, adapter or quantisation, nothing done to them after."""
    after = any(getattr(base.config, name, None) for name in _BEHIND_THE_HEAD)
    return type(head) is torch.nn.Linear and head.bias is None and not after


@contextmanager
def _left_out(head: torch.nn.Module) -> Iterator[None]:
    """The head hands on what it gets: the model returns hidden states in place of logits, by its own forward."""
    forward = head.forward
    head.forward = lambda hidden: hidden
    try:
        yield
    finally:
        head.forward = forward
