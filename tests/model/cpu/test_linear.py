"""Products by oneDNN: the figures and gradients of PyTorch's own, in a model's frozen layers alone."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch.profiler import profile
from transformers import LlamaForCausalLM

from hackmentor.model.cpu import onednn
from hackmentor.model.cpu.linear import multiply_frozen, use_onednn_linear

THEIRS = "mkldnn::_linear_pointwise"


@pytest.fixture(params=[True, False], ids=["amd", "other"])
def amd(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    monkeypatch.setattr(onednn, "is_amd", lambda: request.param)
    return bool(request.param)


@pytest.mark.parametrize("transposed", [False, True])
def test_values_and_gradients_are_those_of_a_plain_product(transposed: bool, amd: bool) -> None:
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(1, 70, 48, generator=generator, requires_grad=True)
    weight = torch.randn(48, 96, generator=generator).t() if transposed else torch.randn(96, 48, generator=generator)
    with profile() as took:
        found = multiply_frozen(x, weight)
        (gradient,) = torch.autograd.grad(found.sin().sum(), x)
    assert sum(event.name == THEIRS for event in took.events() or []) == (2 if amd else 0)
    reference = x @ weight.t()
    (expected,) = torch.autograd.grad(reference.sin().sum(), x)
    torch.testing.assert_close(found, reference, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(gradient, expected, rtol=1e-4, atol=1e-4)


def test_frozen_layers_of_a_model_take_it_and_give_it_back(tiny_llama: Path, amd: bool) -> None:
    model = LlamaForCausalLM.from_pretrained(tiny_llama).requires_grad_(False)
    trained = model.model.layers[0].mlp.up_proj.requires_grad_(True)
    ids = torch.arange(5, 45)[None]
    reference = model(ids).logits
    with use_onednn_linear(model), profile() as took:
        found = model(ids).logits
    found.sum().backward()
    layers = sum(isinstance(module, torch.nn.Linear) for module in model.modules())
    assert sum(event.name == THEIRS for event in took.events() or []) == (layers - 1 if amd else 0)
    torch.testing.assert_close(found, reference, rtol=1e-4, atol=1e-5)
    assert trained.weight.grad is not None
    assert not any("forward" in vars(module) for module in model.modules())


def test_half_precision_stays_with_pytorch(amd: bool) -> None:
    x, weight = torch.randn(4, 8), torch.randn(16, 8)
    with profile() as took, torch.autocast("cpu", torch.bfloat16):
        assert multiply_frozen(x, weight).dtype == torch.bfloat16
    with profile() as half:
        multiply_frozen(x.bfloat16(), weight.bfloat16())
    assert not any(event.name == THEIRS for one in (took, half) for event in one.events() or [])
