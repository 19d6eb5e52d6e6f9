"""The loss in pieces: the same figure and gradients as all logits at once, whatever is trained."""

from __future__ import annotations

import pytest
import torch
from torch.nn.functional import cross_entropy
from transformers import GraniteConfig, GraniteForCausalLM, LlamaConfig, LlamaForCausalLM

from hackmentor.train import loss
from hackmentor.train.loss import SummedCrossEntropy, summed_loss

TINY = {"vocab_size": 50, "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}


@pytest.mark.parametrize("head_is_trained", [True, False])
def test_pieces_give_loss_and_gradients_of_the_whole(head_is_trained: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(loss._LOGITS_AT_ONCE, "cpu", 3 * 50)  # three rows at a time: 11 are four pieces
    monkeypatch.setattr(loss, "_WORDS", 20)  # of twenty words, or of the ten that are left
    generator = torch.Generator().manual_seed(0)
    hidden = torch.randn(11, 16, generator=generator, requires_grad=True)
    weight = torch.randn(50, 16, generator=generator).requires_grad_(head_is_trained)
    labels = torch.randint(50, (11,), generator=generator)
    inputs = [hidden, weight] if head_is_trained else [hidden]
    whole = cross_entropy(hidden @ weight.T, labels, reduction="sum") / 7
    pieces = SummedCrossEntropy.apply(hidden, weight, labels) / 7
    torch.testing.assert_close(pieces, whole)
    for ours, reference in zip(torch.autograd.grad(pieces, inputs), torch.autograd.grad(whole, inputs), strict=True):
        torch.testing.assert_close(ours, reference, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("kind", "config"),
    [(LlamaForCausalLM, LlamaConfig(**TINY)), (GraniteForCausalLM, GraniteConfig(**TINY, logits_scaling=7.0))],
)
def test_a_model_that_scales_its_logits_keeps_doing_so(kind: type, config: LlamaConfig) -> None:
    torch.manual_seed(0)
    model = kind(config)
    ids = torch.randint(50, (1, 12))
    labels = ids[0].roll(-1)
    reference = cross_entropy(model(input_ids=ids).logits[0], labels, reduction="sum")
    torch.testing.assert_close(summed_loss(model, labels, {"input_ids": ids}), reference)
    assert model(input_ids=ids).logits.shape == (1, 12, 50), "the head is back in its place"
