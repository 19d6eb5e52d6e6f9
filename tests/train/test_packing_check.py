"""Records have the losses that they have alone, in every architecture: packed where that is right, else one by one."""

from __future__ import annotations

import logging
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.nn.functional import cross_entropy
from transformers import PreTrainedModel

from hackmentor.model import attention
from hackmentor.model.adapter import add_lora
from hackmentor.model.attention import use_packed_attention
from hackmentor.model.load import load_base
from hackmentor.model.optimise import optimised_for_training
from hackmentor.prompts.example import Example
from hackmentor.runtime.errors import UserError
from hackmentor.train import loss
from hackmentor.train.loss import compute_pack_loss, compute_token_losses
from hackmentor.train.packing import ONE_RECORD, build_packs
from hackmentor.train.packing_check import is_packing_right
from tests.train.architectures import ARCHITECTURES, make_model
from tests.train.test_packing import examples

CPU = torch.device("cpu")
# Longer than the windows and chunks of the architectures, which are of 8 tokens.
RECORDS = [Example(one.id, [token % 310 for token in one.input_ids], one.trained) for one in examples([40, 35, 30])]


def load(model_type: str, folder: Path, **changes: Any) -> PreTrainedModel:
    return load_base(make_model(model_type, folder, **changes), quant="none", dtype=torch.float32, device=CPU)


def list_plain_losses(model: torch.nn.Module) -> torch.Tensor:
    """Of all trained tokens, by the model's own forward pass, a record at a time."""
    losses = []
    for record in RECORDS:
        ids = torch.tensor(record.input_ids)
        every = cross_entropy(model(input_ids=ids[None]).logits[0, :-1], ids[1:], reduction="none")
        losses.append(every[torch.tensor(record.trained[1:])])
    return torch.cat(losses)


@pytest.mark.parametrize("model_type", ARCHITECTURES)
@pytest.mark.filterwarnings("ignore:The following (rank|alpha)_pattern keys", "ignore:fan_in_fan_out is set")
def test_a_record_has_its_own_loss_in_every_architecture(
    model_type: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    base = load(model_type, tmp_path)
    random, before, config = (
        torch.get_rng_state(),
        {k: v.clone() for k, v in base.state_dict().items()},
        str(base.config),
    )
    with caplog.at_level(logging.INFO, "hackmentor"):
        packed = is_packing_right(base, 128)
    why, _ = ARCHITECTURES[model_type]
    assert packed == (why == "")
    assert why in caplog.text
    assert torch.equal(random, torch.get_rng_state())
    assert str(base.config) == config
    assert all(torch.equal(tensor, before[name]) for name, tensor in base.state_dict().items())

    plain = list_plain_losses(base)
    # PEFT puts no adapter on Llama 4's router, a linear layer that returns two tensors.
    targets = ["q_proj"] if model_type == "llama4_text" else ["all-linear"]
    tuned = add_lora(base, rank=2, alpha=4, dropout=0.0, targets=targets, source="x", revision="y")
    packs = build_packs(RECORDS, 1024 if packed else ONE_RECORD)
    assert len(packs) == (1 if packed else 3)
    with use_packed_attention(base) if packed else nullcontext(), optimised_for_training(base):
        tuned.eval()
        found = torch.cat([compute_token_losses(tuned, pack) for pack in packs])
        torch.testing.assert_close(found, plain, rtol=1e-4, atol=1e-4)
        total = sum(compute_pack_loss(tuned, pack) for pack in packs)
        torch.testing.assert_close(total, plain.sum(), rtol=1e-4, atol=1e-3)
        tuned.train()
        for pack in packs:
            compute_pack_loss(tuned, pack).backward()
    gradients = {name: p.grad for name, p in tuned.named_parameters() if "lora_B" in name}
    assert any(grad is not None and grad.abs().sum() > 0 for grad in gradients.values())
    assert not any("vision" in name or "lm_head" in name for name in gradients)


@pytest.mark.parametrize("model_type", ["mistral", "qwen2", "gemma3_text", "gemma3", "phi3", "olmo3", "cohere2"])
def test_a_window_that_attention_does_not_keep_is_found(
    model_type: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    whole = attention._attend
    monkeypatch.setattr(attention, "_attend", lambda q, k, v, window, settings: whole(q, k, v, None, settings))
    # As in a real model: the check has no records of such a length.
    model = load(model_type, tmp_path, **({} if model_type == "gemma3" else {"sliding_window": 4096}))
    with caplog.at_level(logging.INFO, "hackmentor"):
        assert not is_packing_right(model, 1024)
    assert "not that of its record alone" in caplog.text


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize(("model_type", "packed"), [("llama", True), ("gemma3_text", True), ("mamba", False)])
def test_half_precision_is_no_difference(model_type: str, packed: bool, dtype: torch.dtype, tmp_path: Path) -> None:
    model = load_base(make_model(model_type, tmp_path), quant="none", dtype=dtype, device=CPU)
    assert is_packing_right(model, 128) == packed


@pytest.mark.parametrize("quant", ["int8", "nf4"])
def test_quantised_weights_are_no_difference(quant: Any, tiny_llama: Path) -> None:
    model = load_base(tiny_llama, quant=quant, dtype=torch.float32, device=CPU)
    thresholds = {module.state.threshold for module in model.modules() if hasattr(module, "state")}
    assert is_packing_right(model, 128)
    assert thresholds == {module.state.threshold for module in model.modules() if hasattr(module, "state")}


def test_a_rotation_that_depends_on_the_longest_record_is_found_above_its_context(tmp_path: Path) -> None:
    rotation = {
        "rope_type": "longrope", "rope_theta": 10000.0, "short_factor": [1.0] * 4, "long_factor": [2.0] * 4,
        "original_max_position_embeddings": 64,
    }  # fmt: skip
    model = load("phi3", tmp_path, rope_parameters=rotation, original_max_position_embeddings=64)
    assert is_packing_right(model, 64)
    assert not is_packing_right(model, 65)


def test_a_loss_that_is_not_the_models_own_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loss, "_LOGIT_TRANSFORMS", ())
    with pytest.raises(UserError, match="Gemma3ForCausalLM can't be trained here: the loss of a record"):
        is_packing_right(load("gemma3_text", tmp_path, final_logit_softcapping=0.5), 128)


def test_an_unpacked_model_refuses_a_pack_of_several_records(tmp_path: Path) -> None:
    (pack,) = build_packs(RECORDS, 1024)
    with pytest.raises(ValueError, match="several records in a pack"):
        compute_pack_loss(load("lfm2", tmp_path), pack)
