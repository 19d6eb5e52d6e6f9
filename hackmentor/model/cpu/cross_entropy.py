"""Cross-entropy over a large vocabulary on a processor: a few rows and a part of the vocabulary at a time.

The logits of a pack never exist all at once, and what exists fits into the processor's caches.
"""

from __future__ import annotations

import math
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
        nats = torch.zeros((), dtype=torch.float32, device=hidden.device)
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

    With e the exponentials of the logits less the largest of the row, z their sum and r that of all but the label's,
    the loss is log z plus that largest less the label's logit, and its gradient by the logits e / z, less 1 at the
    label: (e - z) / z = -r / z. So what is multiplied is e with -r at the label, one part of the vocabulary after the
    other, and the far smaller product is divided by z. In half precision that keeps what is small where the label is
    likely: less 1 only after the products, most digits would cancel, and the label's logit is the very one that z has.
    """
    rows, padded, weight_parts = len(hidden), _pad_rows(hidden), torch.split(weight, VOCABULARY_CHUNK)
    logit_parts = [multiply_frozen(padded, part) for part in weight_parts]
    largest = torch.stack([logits.amax(dim=1, keepdim=True) for logits in logit_parts]).amax(dim=0).float()
    label_places = _find_labels(labels)
    label_scores, rest = torch.zeros_like(largest), torch.zeros_like(largest)
    for index, logits in enumerate(logit_parts):  # one by one, in the place of the logits: they are large
        e = logits.float().sub_(largest)
        if index in label_places:
            place = label_places[index]
            label_scores[place[0], 0] = e[place]
            e.index_put_(place, e.new_tensor(-math.inf))  # whose exponential is 0
        rest += e.exp_().sum(dim=1, keepdim=True)
        logit_parts[index] = e.to(logits.dtype)
    z = rest + label_scores.exp()
    for index, place in label_places.items():
        logit_parts[index].index_put_(place, -rest[place[0], 0].to(logit_parts[index].dtype))
    if grad_hidden is not None:
        products = [multiply_frozen(e, part.t()) for e, part in zip(logit_parts, weight_parts, strict=True)]
        grad_hidden[:rows] = (torch.stack(products).sum(dim=0, dtype=torch.float32) / z)[:rows]
    if grad_weight is not None:
        shares = (padded / z).to(padded.dtype)
        for e, grad in zip(logit_parts, torch.split(grad_weight, VOCABULARY_CHUNK), strict=True):
            grad += e.T @ shares
    return (z.log() - label_scores)[:rows].sum()


def _find_labels(labels: torch.Tensor) -> dict[int, tuple[torch.Tensor, torch.Tensor]]:
    """Rows and columns of the labels in each part of the vocabulary that has any."""
    parts = labels.div(VOCABULARY_CHUNK, rounding_mode="floor")
    rows = {index: (parts == index).nonzero()[:, 0] for index in set(parts.tolist())}
    return {index: (found, labels[found] - index * VOCABULARY_CHUNK) for index, found in rows.items()}


def _pad_rows(x: torch.Tensor) -> torch.Tensor:
    """Appends rows of zeros where oneDNN compiles a kernel for each number of rows."""
    missing = round_up_rows(len(x), HEAD_ROWS) - len(x) if uses_onednn_jit(x) else 0
    return pad(x, (0, 0, 0, missing)) if missing else x
