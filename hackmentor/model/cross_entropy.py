"""Cross-entropy over a large vocabulary, a few rows at a time, so that the logits of a pack never exist all at once."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch.nn.functional import linear

from hackmentor.model.chunk_sizes import get_logits_per_chunk


class SummedCrossEntropy(torch.autograd.Function):
    """The sum of cross-entropies, in nats, with its gradients computed in the forward pass: backward scales them."""

    @staticmethod
    def forward(ctx: Any, hidden: torch.Tensor, weight: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:  # noqa: ANN401
        """hidden: (tokens, hidden size), weight: (vocabulary, hidden size), labels: (tokens,); returns a scalar."""
        needs_hidden, needs_weight, _ = ctx.needs_input_grad
        nats = torch.zeros((), dtype=torch.float32, device=hidden.device)
        grad_hidden = torch.empty_like(hidden) if needs_hidden else None
        grad_weight = torch.zeros_like(weight) if needs_weight else None
        rows = max(1, get_logits_per_chunk(hidden.device.type) // len(weight))
        for start in range(0, len(hidden), rows):
            chunk, chunk_labels = hidden[start : start + rows], labels[start : start + rows]
            logits = linear(chunk, weight)
            # In the place of a float32 copy of the logits: first less their log-sum-exp, then the probabilities.
            scores = logits.float()
            scores -= scores.logsumexp(dim=1, keepdim=True)
            places = chunk_labels[:, None]
            nats -= scores.gather(1, places).sum()
            # The label's probability less 1, without losing digits where it is likely: less the sum of all others.
            probabilities = scores.scatter_(1, places, -math.inf).exp_()
            grad_logits = probabilities.scatter_(1, places, -probabilities.sum(dim=1, keepdim=True)).to(logits.dtype)
            if grad_hidden is not None:
                grad_hidden[start : start + rows] = grad_logits @ weight
            if grad_weight is not None:
                grad_weight += grad_logits.T @ chunk
        ctx.save_for_backward(grad_hidden, grad_weight)
        return nats

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor | None, ...]:  # noqa: ANN401
        """Scales what the forward pass has computed."""
        hidden, weight = ctx.saved_tensors
        return (None if hidden is None else hidden * grad), (None if weight is None else weight * grad), None
