"""Formulas with gradients of their own: what autograd gives, and nothing stays behind."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel
from torch.profiler import profile
from transformers import PreTrainedModel
from transformers.models.llama import modeling_llama

from hackmentor.model.adapter import add_lora
from hackmentor.model.cpu.fused import use_fused_backward
from hackmentor.model.cpu.fused.low_rank import LoraUpdate
from hackmentor.model.cpu.fused.norm import RmsNorm
from hackmentor.model.cpu.fused.rotary import RotaryEmbedding
from hackmentor.model.cpu.fused.swiglu import SwiGlu
from hackmentor.model.load import Quantisation, load_base


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
    with use_fused_backward(model):
        ours = gradients(model)
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-7)


def test_in_bf16_they_are_no_further_from_those_in_float32(model: PreTrainedModel) -> None:
    exact = gradients(model)[1]
    away = []
    for own in (False, True):
        with use_fused_backward(model) if own else torch.enable_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
            away.append(float((gradients(model)[1] - exact).norm() / exact.norm()))
    assert 0 < away[1] < 1.2 * away[0]


def test_each_gradient_is_the_slope() -> None:
    torch.manual_seed(0)
    x = torch.randn(2, 3, 8, dtype=torch.float64, requires_grad=True)
    angles = torch.randn(1, 3, 4, dtype=torch.float64).repeat(1, 1, 2)
    assert torch.autograd.gradcheck(lambda x: RotaryEmbedding.apply(x, angles.cos(), angles.sin()), x)
    # The mean is taken in float32.
    weight = torch.rand(8, dtype=torch.float64)
    gate, up = (torch.randn(2, 3, 8, dtype=torch.float64, requires_grad=True) for _ in range(2))
    assert torch.autograd.gradcheck(SwiGlu.apply, (gate, up))
    a, b, result = (
        torch.randn(*shape, dtype=torch.float64, requires_grad=True) for shape in ((2, 8), (5, 2), (2, 3, 5))
    )
    assert torch.autograd.gradcheck(lambda *of: LoraUpdate.apply(*of, 1.5), (result, x, a, b))
    assert torch.autograd.gradcheck(lambda x: RmsNorm.apply(x, weight, 1e-6), x, eps=1e-3, atol=1e-3)


def test_nothing_stays_behind(model: PreTrainedModel) -> None:
    rotation = modeling_llama.apply_rotary_pos_emb
    with use_fused_backward(model):
        assert modeling_llama.apply_rotary_pos_emb is not rotation
        assert sum("forward" in vars(module) for module in model.modules()) == 3 * model.config.num_hidden_layers + 1
    assert modeling_llama.apply_rotary_pos_emb is rotation
    assert not any("forward" in vars(module) for module in model.modules())


def test_what_is_another_formula_or_trained_is_left(model: PreTrainedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    class Shifted(modeling_llama.LlamaRMSNorm):
        """As Gemma's: the weight is the difference to one."""

        def forward(self, hidden: torch.Tensor) -> Any:
            return super().forward(hidden) + super().forward(hidden) / self.weight

    model.model.norm.__class__ = Shifted
    model.model.layers[0].input_layernorm.weight.requires_grad_()
    model.model.layers[0].mlp.act_fn = torch.nn.GELU()
    monkeypatch.setattr(modeling_llama, "apply_rotary_pos_emb", lambda q, k, cos, sin: (q, k))
    with use_fused_backward(model):
        assert "forward" not in vars(model.model.norm)
        assert "forward" not in vars(model.model.layers[0].input_layernorm)
        assert "forward" not in vars(model.model.layers[0].mlp)
        assert modeling_llama.apply_rotary_pos_emb(1, 2, 3, 4) == (1, 2)


def adapted(tiny_llama: Path, quant: Quantisation, dropout: float, **variant: Any) -> PeftModel:
    """A base with an adapter on every matrix that has moved away from zero."""
    base = load_base(tiny_llama, quant=quant, dtype=torch.float32, device=torch.device("cpu"))
    targets = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
    torch.manual_seed(0)
    model = add_lora(
        base, rank=4, alpha=8, dropout=dropout, targets=targets, source=str(tiny_llama), revision="main", **variant
    )
    for name, parameter in model.named_parameters():
        if "lora_B" in name:
            parameter.data.normal_(std=0.05)
    return model.train()


def adapter_gradients(model: PeftModel) -> list[torch.Tensor]:
    """The loss and its gradients by all of the adapter, with the same dropout each time."""
    ids = torch.arange(5, 45)[None]
    torch.manual_seed(1)
    loss = model(input_ids=ids, labels=ids).loss
    return [loss.detach(), *torch.autograd.grad(loss, [one for one in model.parameters() if one.requires_grad])]


@pytest.mark.parametrize("dropout", [0.0, 0.3])
@pytest.mark.parametrize("quant", ["none", "int8"])
def test_an_adapter_has_the_gradients_of_pefts_own(tiny_llama: Path, quant: Quantisation, dropout: float) -> None:
    model = adapted(tiny_llama, quant, dropout)
    theirs = adapter_gradients(model)
    with use_fused_backward(model.get_base_model()), profile() as took:
        ours = adapter_gradients(model)
    layers = 7 * model.config.num_hidden_layers
    assert sum(event.name == "LoraUpdate" for event in took.events() or []) == layers
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-6)


def test_in_bf16_an_adapter_is_no_further_from_float32(tiny_llama: Path) -> None:
    model = adapted(tiny_llama, "none", 0.0)
    exact = torch.cat([one.flatten() for one in adapter_gradients(model)[1:]])
    away = []
    for own in (False, True):
        switched = use_fused_backward(model.get_base_model()) if own else torch.enable_grad()
        with switched, torch.autocast("cpu", dtype=torch.bfloat16):
            found = torch.cat([one.flatten() for one in adapter_gradients(model)[1:]])
        away.append(float((found - exact).norm() / exact.norm()))
    assert 0 < away[1] < 1.2 * away[0]


@pytest.mark.parametrize("change", ["dora", "disabled", "merged"])
def test_an_adapter_that_computes_something_else_is_left_to_peft(tiny_llama: Path, change: str) -> None:
    model = adapted(tiny_llama, "none", 0.0, **({"dora": True} if change == "dora" else {}))
    if change == "merged":
        model.merge_adapter()
    ids = torch.arange(5, 45)[None]
    with torch.no_grad(), model.disable_adapter() if change == "disabled" else nullcontext():
        reference = model(input_ids=ids).logits
        with use_fused_backward(model.get_base_model()), profile() as took:
            found = model(input_ids=ids).logits
    assert not any(event.name == "LoraUpdate" for event in took.events() or [])
    torch.testing.assert_close(found, reference, rtol=1e-4, atol=1e-5)
