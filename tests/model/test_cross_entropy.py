"""The loss in chunks: the same value and gradients as all logits at once, whatever is trained."""

from __future__ import annotations

import pytest
import torch
from torch.nn.functional import cross_entropy

from hackmentor.model import chunk_sizes
from hackmentor.model.cpu import cross_entropy as cpu_cross_entropy
from hackmentor.model.cpu.cross_entropy import CpuSummedCrossEntropy
from hackmentor.model.cross_entropy import SummedCrossEntropy


@pytest.mark.parametrize("kernel", [SummedCrossEntropy, CpuSummedCrossEntropy])
@pytest.mark.parametrize("head_is_trained", [True, False])
def test_chunks_give_loss_and_gradients_of_the_whole(
    kernel: type[SummedCrossEntropy], head_is_trained: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(chunk_sizes.LOGITS_PER_CHUNK, "cpu", 3 * 50)  # three rows at a time: 11 are four chunks
    monkeypatch.setattr(
        cpu_cross_entropy, "VOCABULARY_CHUNK", 20
    )  # of twenty tokens of the vocabulary, or of the ten that are left
    generator = torch.Generator().manual_seed(0)
    hidden = torch.randn(11, 16, generator=generator, requires_grad=True)
    weight = torch.randn(50, 16, generator=generator).requires_grad_(head_is_trained)
    labels = torch.randint(50, (11,), generator=generator)
    inputs = [hidden, weight] if head_is_trained else [hidden]
    whole = cross_entropy(hidden @ weight.T, labels, reduction="sum") / 7
    summed = kernel.apply(hidden, weight, labels) / 7
    torch.testing.assert_close(summed, whole)
    for ours, reference in zip(torch.autograd.grad(summed, inputs), torch.autograd.grad(whole, inputs), strict=True):
        torch.testing.assert_close(ours, reference, rtol=1e-4, atol=1e-6)
