"""Norms and rotations with gradients of their own: what autograd gives, and nothing stays behind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import PreTrainedModel
from transformers.models.llama import modeling_llama

from hackmentor.model.gradients import RmsNorm, Rotated, own_gradients
from hackmentor.model.load import load_base


@pytest.fixture
def model(tiny_llama: Path) -> PreTrainedModel:
    """A base with norms that differ from one."""
    base = load_base(tiny_llama, quant="none", dtype=torch.float32, device=torch.device("cpu"))
    torch.manual_seed(0)
    for name, parameter in base.named_parameters():
        if name.endswith("norm.weight"):
            parameter.data.uniform_(0.5, 1.5)
    return base.train()


def gradients(model: PreTrainedModel) -> list[torch.Tensor]:
    """The loss, and its gradient by the embeddings: through every layer."""
    ids = torch.arange(5, 45)[None]
    embedded = model.get_input_embeddings()(ids).detach().requires_grad_()
    loss = model(inputs_embeds=embedded, labels=ids).loss
    (gradient,) = torch.autograd.grad(loss, embedded)
    return [loss.detach(), gradient]


def test_they_are_those_of_autograd(model: PreTrainedModel) -> None:
    theirs = gradients(model)
    with own_gradients(model):
        ours = gradients(model)
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-7)


def test_in_bf16_they_are_no_further_from_those_in_float32(model: PreTrainedModel) -> None:
    exact = gradients(model)[1]
    away = []
    for own in (False, True):
        with own_gradients(model) if own else torch.enable_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
            away.append(float((gradients(model)[1] - exact).norm() / exact.norm()))
    assert 0 < away[1] < 1.2 * away[0]


def test_each_gradient_is_the_slope() -> None:
    torch.manual_seed(0)
    x = torch.randn(2, 3, 8, dtype=torch.float64, requires_grad=True)
    angles = torch.randn(1, 3, 4, dtype=torch.float64).repeat(1, 1, 2)
    assert torch.autograd.gradcheck(lambda x: Rotated.apply(x, angles.cos(), angles.sin()), x)
    # The mean is taken in float32.
    weight = torch.rand(8, dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda x: RmsNorm.apply(x, weight, 1e-6), x, eps=1e-3, atol=1e-3)


def test_nothing_stays_behind(model: PreTrainedModel) -> None:
    rotation = modeling_llama.apply_rotary_pos_emb
    with own_gradients(model):
        assert modeling_llama.apply_rotary_pos_emb is not rotation
        assert sum("forward" in vars(module) for module in model.modules()) == 2 * model.config.num_hidden_layers + 1
    assert modeling_llama.apply_rotary_pos_emb is rotation
    assert not any("forward" in vars(module) for module in model.modules())


def test_what_is_another_formula_or_trained_is_left(model: PreTrainedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    class Shifted(modeling_llama.LlamaRMSNorm):
        """As Gemma's: the weight is the difference to one."""

        def forward(self, hidden: torch.Tensor) -> Any:
            return super().forward(hidden) + super().forward(hidden) / self.weight

    model.model.norm.__class__ = Shifted
    model.model.layers[0].input_layernorm.weight.requires_grad_()
    monkeypatch.setattr(modeling_llama, "apply_rotary_pos_emb", lambda q, k, cos, sin: (q, k))
    with own_gradients(model):
        assert "forward" not in vars(model.model.norm)
        assert "forward" not in vars(model.model.layers[0].input_layernorm)
        assert modeling_llama.apply_rotary_pos_emb(1, 2, 3, 4) == (1, 2)
