"""Adapters as other programs leave them: all of their weights take effect, or a sentence says why they can't."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import IA3Config, LoHaConfig, LoraConfig, PeftConfig, PeftModel, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import PreTrainedModel

from hackmentor.model.adapter import load_adapter
from hackmentor.model.identity import identify_base
from hackmentor.runtime.errors import UserError
from tests.model.test_load_adapter import base, logits

LORA: dict[str, Any] = {"task_type": "CAUSAL_LM", "r": 8, "lora_alpha": 16}
Q_V: dict[str, Any] = {**LORA, "target_modules": ["q_proj", "v_proj"]}


def save_trained(folder: Path, config: PeftConfig, model: PreTrainedModel, embeddings: Any = False) -> Path:
    """An adapter with random weights, as if trained."""
    tuned = get_peft_model(model, config)
    torch.manual_seed(1)
    for parameter in tuned.parameters():
        if parameter.requires_grad:
            parameter.data += torch.randn_like(parameter) * 0.5
    tuned.save_pretrained(str(folder), save_embedding_layers=embeddings)
    return folder


@pytest.fixture
def good(tiny_llama: Path, tmp_path: Path) -> Path:
    return save_trained(tmp_path / "good", LoraConfig(**Q_V), base(tiny_llama))


def load(folder: Path, tiny_llama: Path) -> PeftModel:
    return load_adapter(base(tiny_llama), folder, identify_base("tiny-1m", tiny_llama))


def rename_tensors(folder: Path, rename: Callable[[str], str]) -> None:
    file = folder / "adapter_model.safetensors"
    save_file(
        {rename(name): tensor.clone() for name, tensor in load_file(file).items()}, file, metadata={"format": "pt"}
    )


def change_tensors(folder: Path, change: Callable[[str, torch.Tensor], torch.Tensor | None]) -> None:
    file = folder / "adapter_model.safetensors"
    changed = {name: change(name, tensor.clone()) for name, tensor in load_file(file).items()}
    kept = {name: tensor.contiguous() for name, tensor in changed.items() if tensor is not None}
    save_file(kept, file, metadata={"format": "pt"})


def change_config(folder: Path, **changes: Any) -> None:
    file = folder / "adapter_config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


WORKING: dict[str, PeftConfig] = {
    "names": LoraConfig(**Q_V),
    "regex": LoraConfig(**LORA, target_modules=r".*self_attn\.(q_proj|v_proj)"),
    "all-linear": LoraConfig(**LORA, target_modules="all-linear"),
    "DoRA": LoraConfig(**Q_V, use_dora=True),
    "bias": LoraConfig(**Q_V, bias="all"),
    "an embedding": LoraConfig(**LORA, target_modules=["q_proj", "embed_tokens"]),
    "modules_to_save": LoraConfig(**Q_V, modules_to_save=["embed_tokens", "lm_head"]),
    "IA3": IA3Config(
        task_type="CAUSAL_LM", target_modules=["k_proj", "v_proj", "down_proj"], feedforward_modules=["down_proj"]
    ),
    "LoHa": LoHaConfig(task_type="CAUSAL_LM", r=4, alpha=8, target_modules=["q_proj", "v_proj"]),
}


@pytest.mark.parametrize("config", WORKING.values(), ids=WORKING.keys())
def test_what_works_takes_effect(config: PeftConfig, tiny_llama: Path, tmp_path: Path) -> None:
    folder = save_trained(tmp_path / "a", config, base(tiny_llama))
    loaded = load(folder, tiny_llama)
    alone = PeftModel.from_pretrained(base(tiny_llama), str(folder)).eval()
    torch.testing.assert_close(logits(loaded), logits(alone), rtol=0, atol=0)
    assert not torch.equal(logits(loaded), logits(base(tiny_llama)))


def test_adapters_beside_each_other_and_in_16_bit(good: Path, tiny_llama: Path, tmp_path: Path) -> None:
    half = shutil.copytree(good, tmp_path / "half")
    change_tensors(half, lambda _, tensor: tensor.bfloat16())
    identity = identify_base("tiny-1m", tiny_llama)
    model = load_adapter(load_adapter(base(tiny_llama), good, identity, "one"), half, identity, "two")
    assert sorted(model.peft_config) == ["one", "two"]


def test_settings_that_peft_does_not_know_are_passed_over(good: Path, tiny_llama: Path) -> None:
    change_config(good, future_config=None, quantum_bits=3, base_model_name_or_path="/mnt/nas/models/llama-9")
    load(good, tiny_llama)


PREFIX = "base_model.model."
RENAMED: dict[str, Callable[[str], str]] = {
    "of state_dict": lambda name: name.replace(".weight", ".default.weight"),
    "of transformers": lambda name: name.removeprefix(PREFIX),
    "of a multimodal model": lambda name: name.replace("model.layers", "model.language_model.layers"),
    "of kohya": lambda name: name.replace("lora_A", "lora_down").replace("lora_B", "lora_up"),
    "of DDP": lambda name: f"module.{name}",
    "of compile": lambda name: name.replace(PREFIX, f"{PREFIX}_orig_mod."),
    "of another layer": lambda name: name.replace("q_proj", "o_proj"),
    "of one layer": lambda name: name.replace("layers.1.self_attn.q_proj", "layers.1.self_attn.x_proj"),
}


@pytest.mark.parametrize("rename", RENAMED.values(), ids=RENAMED.keys())
def test_names_that_fit_nothing_are_refused(rename: Callable[[str], str], good: Path, tiny_llama: Path) -> None:
    rename_tensors(good, rename)
    plain = base(tiny_llama)
    untuned = logits(plain)
    with pytest.raises(UserError) as refused:
        load_adapter(plain, good, identify_base("tiny-1m", tiny_llama))
    assert str(good) in str(refused.value)
    assert "lora" in str(refused.value) or "there is no layer" in str(refused.value)
    torch.testing.assert_close(logits(plain), untuned, rtol=0, atol=0)


def test_a_refused_adapter_leaves_those_beside_it_alone(good: Path, tiny_llama: Path, tmp_path: Path) -> None:
    bad = shutil.copytree(good, tmp_path / "bad")
    rename_tensors(bad, lambda name: f"module.{name}")
    model = load(good, tiny_llama)
    before = logits(model)
    with pytest.raises(UserError, match="have no place on this base"):
        load_adapter(model, bad, identify_base("tiny-1m", tiny_llama), "bad")
    assert list(model.peft_config) == ["default"]
    torch.testing.assert_close(logits(model), before, rtol=0, atol=0)


def test_half_an_adapter_is_refused(good: Path, tiny_llama: Path) -> None:
    change_tensors(good, lambda name, tensor: None if "v_proj" in name else tensor)
    with pytest.raises(UserError, match=r"4 of 8 that its adapter_config.json asks for are not in it"):
        load(good, tiny_llama)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_no_numbers_are_refused(value: float, good: Path, tiny_llama: Path) -> None:
    def spoil(name: str, tensor: torch.Tensor) -> torch.Tensor:
        if "layers.1.self_attn.q_proj.lora_A" in name:
            tensor[0, 0] = value
        return tensor

    change_tensors(good, spoil)
    with pytest.raises(UserError, match=r"1 of its 8 tensors hold NaN or infinite numbers, such as .*layers.1"):
        load(good, tiny_llama)


@pytest.mark.parametrize("part", ["lora_B", "layers.1.self_attn.q_proj.lora_B"])
def test_an_update_of_zero_is_refused(part: str, good: Path, tiny_llama: Path) -> None:
    change_tensors(good, lambda name, tensor: torch.zeros_like(tensor) if part in name else tensor)
    with pytest.raises(UserError, match=r"of its 4 updates are zero"):
        load(good, tiny_llama)


CONFIGS: dict[str, tuple[dict[str, Any], str]] = {
    "another rank": (
        {"r": 16},
        r"q_proj.lora_A.* is 8 x 64 in the adapter and 16 x 64 by its adapter_config.json \(r=16\)",
    ),
    "an unknown kind": ({"peft_type": "SHIRAZ"}, "peft_type=SHIRAZ is no kind of adapter that PEFT .* knows"),
    "no kind": ({"peft_type": None}, "peft_type=None is no kind"),
    "other modules": ({"target_modules": ["k_proj", "v_proj"]}, "have no place on this base"),
    "modules of another model": ({"target_modules": ["c_attn"]}, "can't be put on tiny-1m"),
    "nonsense": ({"r": "eight"}, "can't be put on tiny-1m"),
    "no rank": ({"r": 0}, "can't be put on tiny-1m"),
}


@pytest.mark.parametrize(("changes", "expected"), CONFIGS.values(), ids=CONFIGS.keys())
def test_a_config_of_another_adapter_is_refused(
    changes: dict[str, Any], expected: str, good: Path, tiny_llama: Path
) -> None:
    change_config(good, **changes)
    with pytest.raises(UserError, match=expected):
        load(good, tiny_llama)


@pytest.mark.parametrize("text", ["", "[]", '{"peft_type": ', '"LORA"'])
def test_a_config_that_is_none_is_refused(text: str, good: Path, tiny_llama: Path) -> None:
    (good / "adapter_config.json").write_text(text)
    with pytest.raises(UserError, match=r"adapter_config\.json: no JSON"):
        load(good, tiny_llama)


def test_a_resized_vocabulary_says_its_sizes_and_the_way_out(tiny_llama: Path, tmp_path: Path) -> None:
    resized = base(tiny_llama)
    size = int(resized.config.vocab_size)
    resized.resize_token_embeddings(size + 2)
    config = LoraConfig(**Q_V, modules_to_save=["embed_tokens", "lm_head"])
    folder = save_trained(tmp_path / "a", config, resized, "auto")
    with pytest.raises(UserError) as refused:
        load(folder, tiny_llama)
    assert f"{size + 2} x 64 in the adapter and {size} x 64 in the base" in str(refused.value)
    assert "resize_token_embeddings" in str(refused.value)
