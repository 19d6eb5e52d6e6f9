"""Cross-entropy over a large vocabulary, a few rows at a time, so that the logits of a pack never exist all at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from peft import PeftModel
from torch.nn.functional import cross_entropy, pad
from transformers import PreTrainedModel

from hackmentor.model.cpu.linear import product
from hackmentor.model.cpu.onednn import HEAD_ROWS, is_compiled, rounded_down, rounded_up

# Logits (rows x vocabulary) that exist at a time. A GPU wants more work at once.
_LOGITS_AT_ONCE = {"cpu": 2**24}
_LOGITS_AT_ONCE_ON_A_GPU = 2**26

# Words of the vocabulary that are multiplied at a time: what a processor's caches hold of their logits.
_WORDS = 8192

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
        rows = _rows_at_once(hidden, weight)
        for start in range(0, len(hidden), rows):
            part, label = hidden[start : start + rows], labels[start : start + rows]
            nats += _add_up(part, weight, label, None if grad_hidden is None else grad_hidden[start:], grad_weight)
        ctx.save_for_backward(grad_hidden, grad_weight)
        return nats

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor | None, ...]:  # noqa: ANN401
        """Scales what forward has computed."""
        hidden, weight = ctx.saved_tensors
        return (None if hidden is None else hidden * grad), (None if weight is None else weight * grad), None


def _rows_at_once(hidden: torch.Tensor, weight: torch.Tensor) -> int:
    """About as many rows each time, so that no product is left with few."""
    most = max(1, _LOGITS_AT_ONCE.get(hidden.device.type, _LOGITS_AT_ONCE_ON_A_GPU) // len(weight))
    if is_compiled(hidden):
        most = rounded_down(most, HEAD_ROWS)
    times = max(1, -(-len(hidden) // most))
    rows = max(1, -(-len(hidden) // times))
    return min(most, rounded_up(rows, HEAD_ROWS)) if is_compiled(hidden) else rows


def _add_up(
    hidden: torch.Tensor,
    weight: torch.Tensor,
    labels: torch.Tensor,
    grad_hidden: torch.Tensor | None,
    grad_weight: torch.Tensor | None,
) -> torch.Tensor:
    """The sum of these rows' cross-entropies; writes the first rows of one gradient and adds to the other.

    With e the exponentials of the logits less the largest of the row, and z their sum, the loss is log z plus that
    largest less the label's logit, and its gradient by the logits e / z, less 1 at the label. As z is one number a row,
    what is multiplied is e, words by words, and the division is left to the far smaller outcome.
    """
    rows, wide, words = len(hidden), _filled_up(hidden), torch.split(weight, _WORDS)
    parts = [product(wide, some) for some in words]
    largest = torch.stack([logits.amax(dim=1, keepdim=True) for logits in parts]).amax(dim=0).float()
    z = torch.zeros_like(largest)
    for number, logits in enumerate(parts):  # one by one, in the place of the logits: they are large
        e = logits.float().sub_(largest).exp_()
        z += e.sum(dim=1, keepdim=True)
        parts[number] = e.to(logits.dtype)
    label_weight = weight[labels]
    if grad_hidden is not None:
        pulls = [product(e, some.t()) for e, some in zip(parts, words, strict=True)]
        grad_hidden[:rows] = (torch.stack(pulls).sum(dim=0, dtype=torch.float32) / z)[:rows] - label_weight
    if grad_weight is not None:
        shares = (wide / z).to(wide.dtype)
        for e, grad in zip(parts, torch.split(grad_weight, _WORDS), strict=True):
            grad += e.T @ shares
        grad_weight.index_add_(0, labels, hidden.to(grad_weight.dtype), alpha=-1)
    label_logits = (hidden * label_weight).sum(dim=1, dtype=torch.float32)
    return (z.log() + largest)[:rows, 0].sum() - label_logits.sum()


def _filled_up(x: torch.Tensor) -> torch.Tensor:
    """With rows of zeros below x where kernels are compiled for each number of rows."""
    more = rounded_up(len(x), HEAD_ROWS) - len(x) if is_compiled(x) else 0
    return pad(x, (0, 0, 0, more)) if more else x


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
