"""Cross-entropy over a large vocabulary on a processor: a few rows and a part of the vocabulary at a time.

The logits of a pack never exist all at once, and what exists fits into the processor's caches.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.nn.functional import pad

from hackmentor.model.chunk_sizes import VOCABULARY_CHUNK, get_logits_per_chunk
from hackmentor.model.cpu.linear import multiply_frozen
from hackmentor.model.cpu.onednn import HEAD_ROWS, round_down_rows, round_up_rows, uses_onednn_jit
from hackmentor.model.cross_entropy import SummedCrossEntropy


class CpuSummedCrossEntropy(SummedCrossEntropy):
    """The same sum, computed in parts of the vocabulary, with products by oneDNN where it is the faster library."""

    @staticmethod
    def forward(ctx: Any, hidden: torch.Tensor, weight: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:  # noqa: ANN401
        """hidden: (tokens, hidden size), weight: (vocabulary, hidden size), labels: (tokens,); returns a scalar."""
        needs_hidden, needs_weight, _ = ctx.needs_input_grad
        nats = torch.zeros((), device=hidden.device)
        grad_hidden = torch.empty_like(hidden) if needs_hidden else None
        grad_weight = torch.zeros_like(weight) if needs_weight else None
        rows = _rows_per_chunk(hidden, weight)
        for start in range(0, len(hidden), rows):
            part, label = hidden[start : start + rows], labels[start : start + rows]
            nats += _add_chunk(part, weight, label, None if grad_hidden is None else grad_hidden[start:], grad_weight)
        ctx.save_for_backward(grad_hidden, grad_weight)
        return nats


def _rows_per_chunk(hidden: torch.Tensor, weight: torch.Tensor) -> int:
    """Chunks of about equal size, so that no product is left with few rows."""
    max_rows = max(1, get_logits_per_chunk(hidden.device.type) // len(weight))
    if uses_onednn_jit(hidden):
        max_rows = round_down_rows(max_rows, HEAD_ROWS)
    chunks = max(1, -(-len(hidden) // max_rows))
    rows = max(1, -(-len(hidden) // chunks))
    return min(max_rows, round_up_rows(rows, HEAD_ROWS)) if uses_onednn_jit(hidden) else rows


def _add_chunk(
    hidden: torch.Tensor,
    weight: torch.Tensor,
    labels: torch.Tensor,
    grad_hidden: torch.Tensor | None,
    grad_weight: torch.Tensor | None,
) -> torch.Tensor:
    """The sum of these rows' cross-entropies; writes the first rows of one gradient and adds to the other.

    With e the exponentials of the logits less the largest of the row, and z their sum, the loss is log z plus that
    largest less the label's logit, and its gradient by the logits e / z, less 1 at the label. As z is one number a row,
    what is multiplied is e, one part of the vocabulary after the other, and the far smaller product is divided.
    """
    rows, padded, weight_parts = len(hidden), _pad_rows(hidden), torch.split(weight, VOCABULARY_CHUNK)
    logit_parts = [multiply_frozen(padded, part) for part in weight_parts]
    largest = torch.stack([logits.amax(dim=1, keepdim=True) for logits in logit_parts]).amax(dim=0).float()
    z = torch.zeros_like(largest)
    for index, logits in enumerate(logit_parts):  # one by one, in the place of the logits: they are large
        e = logits.float().sub_(largest).exp_()
        z += e.sum(dim=1, keepdim=True)
        logit_parts[index] = e.to(logits.dtype)
    label_weight = weight[labels]
    if grad_hidden is not None:
        products = [multiply_frozen(e, part.t()) for e, part in zip(logit_parts, weight_parts, strict=True)]
        grad_hidden[:rows] = (torch.stack(products).sum(dim=0, dtype=torch.float32) / z)[:rows] - label_weight
    if grad_weight is not None:
        shares = (padded / z).to(padded.dtype)
        for e, grad in zip(logit_parts, torch.split(grad_weight, VOCABULARY_CHUNK), strict=True):
            grad += e.T @ shares
        grad_weight.index_add_(0, labels, hidden.to(grad_weight.dtype), alpha=-1)
    label_logits = (hidden * label_weight).sum(dim=1, dtype=torch.float32)
    return (z.log() + largest)[:rows, 0].sum() - label_logits.sum()


def _pad_rows(x: torch.Tensor) -> torch.Tensor:
    """Appends rows of zeros where oneDNN compiles a kernel for each number of rows."""
    missing = round_up_rows(len(x), HEAD_ROWS) - len(x) if uses_onednn_jit(x) else 0
    return pad(x, (0, 0, 0, missing)) if missing else x
