"""Liger's kernels are used where they are there, and all that they set is undone."""

from __future__ import annotations

import sys
from pathlib import Path
from types import MethodType

import pytest
import torch
from transformers import AutoModelForCausalLM

from hackmentor.model.cuda.liger import find_liger_obstacle, patched, use_liger_kernels


def test_without_liger_the_model_is_as_it_was_and_the_log_says_why(
    tiny_llama: Path, caplog: pytest.LogCaptureFixture
) -> None:
    if (obstacle := find_liger_obstacle()) is None:
        pytest.skip("Liger's kernels are installed")
    model = AutoModelForCausalLM.from_pretrained(tiny_llama)
    with caplog.at_level("INFO"), use_liger_kernels(model):
        assert not any("forward" in vars(module) for module in model.modules())
    assert f"by PyTorch: {obstacle}" in caplog.text
    assert "hackmentor[gpu]" in obstacle


def test_what_a_patch_sets_is_undone_and_nothing_else(tiny_llama: Path) -> None:
    model = AutoModelForCausalLM.from_pretrained(tiny_llama)
    code = sys.modules[type(model).__module__]
    norm, rotary, ids = model.model.norm, code.apply_rotary_pos_emb, torch.arange(5, 25)[None]  # type: ignore[attr-defined]
    expected = model(ids).logits

    def patch() -> None:
        norm.forward = MethodType(lambda self, x: 0 * x, norm)
        norm.variance_epsilon = 1.0
        norm.offset = 3
        code.apply_rotary_pos_emb = lambda query, key, *_, **__: (query, key)  # type: ignore[attr-defined]

    with patched(model, patch):
        assert not torch.equal(model(ids).logits, expected)
        model.train()
        norm.set_meanwhile = True
    assert torch.equal(model.eval()(ids).logits, expected)
    assert code.apply_rotary_pos_emb is rotary  # type: ignore[attr-defined]
    assert norm.set_meanwhile
    assert not {"forward", "offset"} & vars(norm).keys()


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_on_a_gpu_losses_and_gradients_are_those_of_pytorch(tiny_llama: Path) -> None:
    if (obstacle := find_liger_obstacle()) is not None:
        pytest.skip(obstacle)
    model = AutoModelForCausalLM.from_pretrained(tiny_llama).cuda()
    ids = torch.arange(5, 105, device="cuda")[None]
    plain = model(ids, labels=ids).loss
    expected = torch.autograd.grad(plain, list(model.parameters()))
    with use_liger_kernels(model):
        loss = model(ids, labels=ids).loss
        found = torch.autograd.grad(loss, list(model.parameters()))
    torch.testing.assert_close(loss, plain, rtol=1e-4, atol=1e-4)
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-2, atol=1e-4)
