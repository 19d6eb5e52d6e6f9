"""Dequantised once or at every product: the same bits, and nothing stays behind."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest
import torch
from peft import PeftModel

from hackmentor.model.adapter import add_lora
from hackmentor.model.cpu import dequantise
from hackmentor.model.cpu.dequantise import use_dequantised_weights
from hackmentor.model.load import load_base


@pytest.fixture
def model(tiny_llama: Path) -> PeftModel:
    return tuned(tiny_llama, torch.float32)


def tuned(folder: Path, dtype: torch.dtype) -> PeftModel:
    base = load_base(folder, quant="int8", dtype=dtype, device=torch.device("cpu"))
    torch.manual_seed(0)
    return add_lora(base, rank=4, alpha=8, dropout=0.0, targets=["q_proj"], source="x", revision="y").train()


def step(model: PeftModel) -> list[torch.Tensor]:
    model.zero_grad()
    ids = torch.arange(5, 45)[None]
    loss = model(input_ids=ids, labels=ids).loss
    loss.backward()
    return [loss.detach(), *(p.grad.clone() for p in model.parameters() if p.grad is not None)]


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_the_copies_give_the_same_bits(tiny_llama: Path, dtype: torch.dtype) -> None:
    model = tuned(tiny_llama, dtype)
    plain = step(model)
    with use_dequantised_weights(model):
        copied, again = step(model), step(model)
    assert len(plain) > 2
    for reference, *others in zip(plain, copied, again, step(model), strict=True):
        assert all(torch.equal(reference, other) for other in others)


def test_measuring_stays_as_it_was(model: PeftModel) -> None:
    ids = torch.arange(5, 45)[None]
    before = model.eval()(input_ids=ids).logits
    with use_dequantised_weights(model), torch.no_grad():
        assert torch.equal(model(input_ids=ids).logits, before)
        assert not torch.equal(model.train()(input_ids=ids).logits, before)


def test_no_copies_where_memory_is_short(model: PeftModel, monkeypatch: pytest.MonkeyPatch) -> None:
    layer = next(layer for layer in model.modules() if isinstance(layer, dequantise.Linear8bitLt))
    with use_dequantised_weights(model):
        assert "forward" in vars(layer)
    assert "forward" not in vars(layer)
    short = psutil.virtual_memory()._replace(available=1000)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: short)
    with use_dequantised_weights(model):
        assert "forward" not in vars(layer)


def test_evaluating_an_answer_does_not_depend_on_the_others_in_its_batch(tiny_llama: Path) -> None:
    model = load_base(tiny_llama, quant="int8", dtype=torch.float32, device=torch.device("cpu"))
    batch = torch.randint(3, 300, (6, 12), generator=torch.Generator().manual_seed(0))
    with torch.inference_mode(), use_dequantised_weights(model, inference=True):
        alone, together = model(batch[:1]).logits, model(batch).logits[:1]
    assert torch.allclose(alone, together, atol=1e-5)
