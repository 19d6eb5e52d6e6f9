"""The loss in chunks: the same value and gradients as all logits at once, whatever is trained."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch.nn.functional import cross_entropy, linear

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


@pytest.mark.parametrize("kernel", [SummedCrossEntropy, CpuSummedCrossEntropy])
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32])
def test_likely_labels_have_exact_losses_and_gradients(kernel: type[SummedCrossEntropy], dtype: torch.dtype) -> None:
    """Against 64 bit on the same rounded inputs: as near as `cross_entropy(logits.float())`, or nearer."""
    generator = torch.Generator().manual_seed(0)
    weight, labels = torch.randn(9000, 96, generator=generator), torch.arange(0, 9000, 90)
    # From unlikely to next to certain.
    hidden = 0.3 * torch.randn(100, 96, generator=generator) + torch.linspace(0, 0.3, 100)[:, None] * weight[labels]
    weight, hidden = weight.to(dtype), hidden.to(dtype)
    exact = _compute_rows(lambda x, w, label: cross_entropy(x @ w.T, label), hidden.double(), weight.double(), labels)
    usual = _compute_rows(lambda x, w, label: cross_entropy(linear(x, w).float(), label), hidden, weight, labels)
    ours = _compute_rows(kernel.apply, hidden, weight, labels)
    likely = exact[0] < 0.01
    assert 20 < likely.sum() < 80
    assert (ours[0] >= 0).all()
    for rows in (likely, ~likely):
        errors = [(found[0][rows] - exact[0][rows]).abs().mean() for found in (ours, usual)]
        assert errors[0] <= 1.1 * errors[1] + 1e-6
        errors = [((found[1] - exact[1]).norm(dim=1) / exact[1].norm(dim=1))[rows].mean() for found in (ours, usual)]
        # The processor's way rounds the products of each part of the vocabulary.
        assert errors[0] <= 1.5 * errors[1]


def _compute_rows(
    loss: Callable[..., torch.Tensor], hidden: torch.Tensor, weight: torch.Tensor, labels: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Loss and gradient of each row by itself, in 64 bit."""
    losses, gradients = [], []
    for row, label in zip(hidden, labels, strict=True):
        x = row[None].clone().requires_grad_()
        losses.append(loss(x, weight, label[None]).double())
        gradients.append(torch.autograd.grad(losses[-1], x)[0][0].double())
    return torch.stack(losses).detach(), torch.stack(gradients)


@pytest.mark.parametrize("kernel", [SummedCrossEntropy, CpuSummedCrossEntropy])
def test_the_sum_is_taken_in_32_bit_whatever_type_is_the_default(kernel: type[SummedCrossEntropy]) -> None:
    hidden, weight = torch.randn(20, 8), torch.randn(50, 8)
    labels, before = torch.arange(20), torch.get_default_dtype()
    torch.set_default_dtype(torch.bfloat16)  # as Lightning does inside a step at bf16-true
    try:
        assert kernel.apply(hidden, weight, labels).dtype == torch.float32
    finally:
        torch.set_default_dtype(before)
