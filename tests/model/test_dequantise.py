"""8-bit weights dequantised, once or for each product: the bits of bitsandbytes' own training, and nothing stays."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest
import torch
from peft import PeftModel

from hackmentor.model import dequantise
from hackmentor.model.adapter import add_lora
from hackmentor.model.dequantise import use_dequantised_weights
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


def keep_no_copies(monkeypatch: pytest.MonkeyPatch) -> None:
    short = psutil.virtual_memory()._replace(available=1000)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: short)


@pytest.mark.parametrize("keeps", [True, False])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_training_has_the_bits_of_bitsandbytes(
    tiny_llama: Path, dtype: torch.dtype, keeps: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = tuned(tiny_llama, dtype)
    plain = step(model)
    if not keeps:
        keep_no_copies(monkeypatch)
    layer = next(layer for layer in model.modules() if isinstance(layer, dequantise.Linear8bitLt))
    with use_dequantised_weights(model):
        assert type(vars(layer)["forward"]).__name__ == ("_KeptForward" if keeps else "_DequantisingForward")
        found, again = step(model), step(model)
    assert "forward" not in vars(layer)
    assert len(plain) > 2
    for reference, *others in zip(plain, found, again, step(model), strict=True):
        assert all(torch.equal(reference, other) for other in others)


@pytest.mark.parametrize("keeps", [True, False])
def test_measuring_computes_as_training_does(model: PeftModel, keeps: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not keeps:
        keep_no_copies(monkeypatch)
    ids = torch.arange(5, 45)[None]
    with use_dequantised_weights(model), torch.no_grad():
        assert torch.equal(model.eval()(input_ids=ids).logits, model.train()(input_ids=ids).logits)


def test_nothing_of_a_weight_is_kept_for_the_backward_pass(model: PeftModel, monkeypatch: pytest.MonkeyPatch) -> None:
    keep_no_copies(monkeypatch)
    layer = next(layer for layer in model.modules() if isinstance(layer, dequantise.Linear8bitLt))
    x, saved = torch.randn(3, layer.in_features, requires_grad=True), []
    with (
        use_dequantised_weights(model),
        torch.autograd.graph.saved_tensors_hooks(lambda tensor: saved.append(tensor) or tensor, lambda tensor: tensor),
    ):
        layer(x).sum().backward()
    assert [tensor.dtype for tensor in saved] == [torch.int8, torch.float32]
    assert [tensor.data_ptr() for tensor in saved] == [layer.state.CB.data_ptr(), layer.state.SCB.data_ptr()]


def test_a_layer_with_a_bias_adds_it(monkeypatch: pytest.MonkeyPatch) -> None:
    inner = dequantise.Linear8bitLt(8, 4, bias=True, has_fp16_weights=False)
    inner.load_state_dict(torch.nn.Linear(8, 4).state_dict())
    model = torch.nn.ModuleList([inner.to("cpu"), torch.nn.Embedding(2, 8)])
    model.get_input_embeddings = lambda: model[1]  # type: ignore[assignment]
    x, found = torch.randn(3, 8), []
    for keeps in (True, False):
        if not keeps:
            keep_no_copies(monkeypatch)
        with use_dequantised_weights(model):  # type: ignore[arg-type]
            found.append(inner(x) - inner.bias)
    torch.testing.assert_close(found[0], found[1])
    torch.testing.assert_close(found[0], x @ (inner.state.CB * inner.state.SCB[:, None] / 127).T)


@pytest.mark.parametrize("keeps", [True, False])
def test_what_a_record_costs_does_not_depend_on_the_others_beside_it(
    tiny_llama: Path, keeps: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not keeps:
        keep_no_copies(monkeypatch)
    model = load_base(tiny_llama, quant="int8", dtype=torch.float32, device=torch.device("cpu"))
    batch = torch.randint(3, 300, (6, 12), generator=torch.Generator().manual_seed(0))
    with torch.inference_mode(), use_dequantised_weights(model):
        alone, together = model(batch[:1]).logits, model(batch).logits[:1]
    assert torch.allclose(alone, together, atol=1e-5)
