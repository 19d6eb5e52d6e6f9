"""The loss by way of hidden states is that of the model's own logits, whatever is done to them."""

from __future__ import annotations

import pytest
import torch
from torch.nn.functional import cross_entropy
from transformers import GraniteConfig, GraniteForCausalLM, LlamaConfig, LlamaForCausalLM

from hackmentor.train.loss import compute_summed_loss

TINY = {"vocab_size": 50, "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}


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
    torch.testing.assert_close(compute_summed_loss(model, labels, {"input_ids": ids}), reference)
    assert model(input_ids=ids).logits.shape == (1, 12, 50), "the head is back in its place"
