"""Bases as people have them on disk: what is not whole, or not what its config says, is refused in one sentence."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, BitsAndBytesConfig, LlamaConfig, LlamaForCausalLM

from hackmentor.model.adapter import add_lora
from hackmentor.model.identity import identify_base_weights, refuse_other_weights
from hackmentor.model.load import Quantisation, load_base
from hackmentor.pretrained.locate import describe_missing_files
from hackmentor.pretrained.quantisation import refuse_other_quantisation
from hackmentor.pretrained.weight_files import hash_weight_samples
from hackmentor.runtime.errors import UserError
from tests.train.architectures import make_model

CPU = torch.device("cpu")
Weights = dict[str, torch.Tensor]


@pytest.fixture
def folder(tiny_llama: Path, tmp_path: Path) -> Path:
    hash_weight_samples.cache_clear()
    return shutil.copytree(tiny_llama, tmp_path / "base")


def load(folder: Path, quant: Quantisation = "none") -> torch.nn.Module:
    return load_base(folder, quant=quant, dtype=torch.float32, device=CPU)


def change_weights(folder: Path, change: Callable[[Weights], Weights]) -> None:
    file = folder / "model.safetensors"
    save_file(change(load_file(file)), file, metadata={"format": "pt"})


def change_config(folder: Path, **changes: Any) -> None:
    file = folder / "config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


INCOMPLETE: dict[str, tuple[Callable[[Weights], Weights], str]] = {
    "another prefix": (lambda w: {f"transformer.{name}": tensor for name, tensor in w.items()}, "missing, such as"),
    "no second layer": (lambda w: {name: tensor for name, tensor in w.items() if "layers.1." not in name}, "9 missing"),
    "no head": (lambda w: {name: tensor for name, tensor in w.items() if name != "lm_head.weight"}, "1 missing"),
    "a third layer": (
        lambda w: (
            w | {name.replace("layers.1.", "layers.2."): t.clone() for name, t in w.items() if "layers.1." in name}
        ),
        "9 not part of the model, such as model.layers.2.",
    ),
    "a smaller embedding": (
        lambda w: w | {"model.embed_tokens.weight": w["model.embed_tokens.weight"][:9].clone()},
        "1 of another size",
    ),
}


@pytest.mark.parametrize("quant", ["none", "nf4"])
@pytest.mark.parametrize(("change", "expected"), INCOMPLETE.values(), ids=INCOMPLETE.keys())
def test_weights_of_another_model_are_refused(
    change: Callable[[Weights], Weights], expected: str, quant: Quantisation, folder: Path
) -> None:
    change_weights(folder, change)
    with pytest.raises(UserError) as refused:
        load(folder, quant)
    assert str(folder) in str(refused.value)
    assert expected in str(refused.value)


def test_a_tied_head_is_not_missing(folder: Path) -> None:
    change_config(folder, tie_word_embeddings=True)
    change_weights(folder, lambda w: {name: tensor for name, tensor in w.items() if name != "lm_head.weight"})
    for quant in ("none", "nf4", "int8"):
        load(folder, quant)


def test_buffers_of_old_checkpoints_are_not_unexpected(folder: Path) -> None:
    change_weights(folder, lambda w: w | {"model.layers.0.self_attn.rotary_emb.inv_freq": torch.ones(8)})
    load(folder)


def test_a_padded_vocabulary_and_shards_load(folder: Path) -> None:
    model = AutoModelForCausalLM.from_pretrained(folder)
    model.resize_token_embeddings(model.config.vocab_size + 40)
    (folder / "model.safetensors").unlink()
    model.save_pretrained(folder, max_shard_size="60KB")
    assert describe_missing_files(folder) is None
    load(folder)


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1000])


def point(file: Path) -> None:
    file.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 538090408\n")


DAMAGED: dict[str, tuple[str, Callable[[Path], object], str]] = {
    "a pointer": ("model.safetensors", point, "model.safetensors is a git-lfs pointer"),
    "cut": ("model.safetensors", cut, "it was cut, or is damaged"),
    "cut in its header": ("model.safetensors", lambda file: file.write_bytes(file.read_bytes()[:200]), "is damaged"),
    "empty": ("model.safetensors", lambda file: file.write_bytes(b""), "is damaged"),
    "HTML": ("model.safetensors", lambda file: file.write_text("<!doctype html><p>Log in"), "is damaged"),
    "a longer file": ("model.safetensors", lambda file: file.write_bytes(file.read_bytes() + b"x"), "is damaged"),
    "a cut config": ("config.json", cut, "config.json is no JSON"),
    "a config of a list": ("config.json", lambda file: file.write_text("[]"), "config.json is no JSON object"),
}


@pytest.mark.parametrize(("name", "damage", "expected"), DAMAGED.values(), ids=DAMAGED.keys())
def test_damaged_files_are_found_without_loading(
    name: str, damage: Callable[[Path], object], expected: str, folder: Path
) -> None:
    if name == "config.json":
        change_config(folder, padding="x" * 2000)
    damage(folder / name)
    assert expected in str(describe_missing_files(folder))


def test_a_pointer_among_the_shards_is_named(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    LlamaForCausalLM(LlamaConfig.from_pretrained(folder)).save_pretrained(folder, max_shard_size="60KB")
    second = sorted(folder.glob("model-0000*"))[1]
    point(second)
    assert f"{second.name} is a git-lfs pointer" in str(describe_missing_files(folder))


QUANTISED: dict[str, tuple[dict[str, Any], str]] = {
    "GPTQ": ({"quant_method": "gptq", "bits": 4, "group_size": 128}, "GPTQ with 4 bits"),
    "AWQ": ({"quant_method": "awq", "bits": 4, "version": "gemm"}, "AWQ with 4 bits"),
    "FP8": ({"quant_method": "fp8", "activation_scheme": "dynamic"}, "FP8"),
    "nf4": ({"quant_method": "bitsandbytes", "load_in_4bit": True, "bnb_4bit_quant_type": "nf4"}, "quant=nf4 uses it"),
    "int8": ({"quant_method": "bitsandbytes", "load_in_8bit": True}, "quant=int8 uses it"),
    "fp4": ({"quant_method": "bitsandbytes", "load_in_4bit": True, "bnb_4bit_quant_type": "fp4"}, "bitsandbytes fp4"),
}


@pytest.mark.parametrize(("settings", "expected"), QUANTISED.values(), ids=QUANTISED.keys())
def test_a_quantised_base_is_named_for_what_it_is(settings: dict[str, Any], expected: str, folder: Path) -> None:
    change_config(folder, quantization_config=settings)
    with pytest.raises(UserError, match="is quantised already") as refused:
        load(folder)
    assert expected in str(refused.value)


def test_a_base_in_4_bit_loads_as_what_it_is_and_as_nothing_else(folder: Path, tmp_path: Path) -> None:
    settings = BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4")
    model = AutoModelForCausalLM.from_pretrained(folder, quantization_config=settings)
    model.save_pretrained(tmp_path / "nf4")
    load(tmp_path / "nf4", "nf4")
    with pytest.raises(UserError, match="quant=nf4 uses it as it is"):
        refuse_other_quantisation(tmp_path / "nf4", "int8")


def test_an_unknown_architecture_is_a_sentence(folder: Path) -> None:
    change_config(folder, model_type="llama9", architectures=["Llama9ForCausalLM"])
    with pytest.raises(UserError, match="can't load the model"):
        load(folder)


def test_the_hash_of_weights_tells_them_apart_and_not_their_files(folder: Path, tmp_path: Path) -> None:
    before = hash_weight_samples(folder)
    model = AutoModelForCausalLM.from_pretrained(folder)
    model.save_pretrained(tmp_path / "shards", max_shard_size="60KB")
    assert hash_weight_samples(tmp_path / "shards") == before
    for name, parameter in model.named_parameters():
        if name.endswith("layers.1.self_attn.v_proj.weight"):
            parameter.data += 0.01
    model.save_pretrained(tmp_path / "other")
    assert hash_weight_samples(tmp_path / "other") != before


def test_other_weights_under_the_same_name_are_refused(folder: Path, tmp_path: Path) -> None:
    began_on = identify_base_weights("tiny-1m", folder)
    LlamaForCausalLM(LlamaConfig.from_pretrained(folder)).save_pretrained(tmp_path / "other")
    other = identify_base_weights("tiny-1m", tmp_path / "other")
    refuse_other_weights("it", began_on.to_json(), began_on)
    refuse_other_weights("it", None, other)
    with pytest.raises(UserError) as refused:
        refuse_other_weights("it", began_on.to_json(), other)
    assert f"was trained on {began_on}, and the base is now {other}" in str(refused.value)


def test_weights_in_mxfp4_are_trained_in_16_bit_and_saved_so(tmp_path: Path) -> None:
    """gpt-oss as the hub has it: experts in four bits, all else in 16."""
    source, saved = tmp_path / "gpt-oss", tmp_path / "saved"
    make_model("gpt_oss", source, hidden_size=64, intermediate_size=64)
    weights = load_file(source / "model.safetensors")
    generator = torch.Generator().manual_seed(0)
    for name in [name for name in weights if name.endswith(("gate_up_proj", "down_proj"))]:
        experts, ins, outs = weights.pop(name).shape
        sizes = (experts, outs, ins // 32)
        weights[f"{name}_blocks"] = torch.randint(0, 256, (*sizes, 16), dtype=torch.uint8, generator=generator)
        weights[f"{name}_scales"] = torch.randint(120, 124, sizes, dtype=torch.uint8, generator=generator)
    save_file(weights, source / "model.safetensors", metadata={"format": "pt"})
    change_config(source, quantization_config={"quant_method": "mxfp4", "modules_to_not_convert": ["lm_head"]})

    with pytest.raises(
        UserError, match=r"quantised already \(MXFP4\).*quant=none trains on the same weights in 16 bit"
    ):
        load_base(source, quant="nf4", dtype=torch.bfloat16, device=torch.device("cpu"))
    base = load_base(source, quant="none", dtype=torch.float32, device=torch.device("cpu"))
    tuned = add_lora(base, rank=2, alpha=4, dropout=0.1, targets=("all-linear",), source="x", revision="y")
    adapted = {name.split(".")[-4] for name, _ in tuned.named_parameters() if "lora_A" in name}
    assert adapted == {"q_proj", "k_proj", "v_proj", "o_proj"}
    tokens = torch.arange(3, 40).unsqueeze(0)
    expected = tuned.eval()(input_ids=tokens, labels=tokens).loss
    expected.backward()
    merged = tuned.merge_and_unload()
    merged.save_pretrained(saved)
    again = load_base(saved, quant="none", dtype=torch.float32, device=torch.device("cpu"))
    assert again(input_ids=tokens, labels=tokens).loss == pytest.approx(expected.item(), abs=1e-5)


@pytest.mark.parametrize("model_type", ["qwen3_moe", "deepseek_v3", "llama4_text", "gpt_oss"])
def test_all_linear_leaves_experts_and_their_routers_as_they_are(model_type: str, tmp_path: Path) -> None:
    base = load_base(
        make_model(model_type, tmp_path / "base"), quant="none", dtype=torch.float32, device=torch.device("cpu")
    )
    tuned = add_lora(base, rank=2, alpha=4, dropout=0.1, targets=("all-linear",), source="x", revision="y")
    adapted = [name for name, _ in tuned.named_parameters() if "lora_A" in name]
    assert adapted
    assert all(".self_attn." in name for name in adapted)


def test_all_linear_takes_layers_of_a_class_of_their_own_that_compute_a_product(tmp_path: Path) -> None:
    base = load_base(
        make_model("falcon", tmp_path / "base"), quant="none", dtype=torch.float32, device=torch.device("cpu")
    )
    tuned = add_lora(base, rank=2, alpha=4, dropout=0.0, targets=("all-linear",), source="x", revision="y")
    adapted = {name.split(".")[-4] for name, _ in tuned.named_parameters() if "lora_A" in name}
    assert adapted == {"query_key_value", "dense", "dense_h_to_4h", "dense_4h_to_h"}
