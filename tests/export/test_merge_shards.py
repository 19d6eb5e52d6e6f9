"""A merge layer by layer gives the bits of PEFT's merge of the whole model, in files of bounded size."""

from __future__ import annotations

import weakref
from pathlib import Path

import pytest
import torch
from peft import PeftModel
from safetensors import safe_open
from transformers import AutoModelForCausalLM

from hackmentor.export import merge_shards, preflight
from hackmentor.export.compare_outputs import ExportError
from hackmentor.export.merge_shards import can_merge_by_layer, verify_merged_shards, write_merged_shards
from hackmentor.model.adapter import add_lora
from hackmentor.runtime.errors import UserError

KINDS = {"lora": {}, "rslora": {"rslora": True}, "dora": {"dora": True}, "pissa": {"init": "pissa"}}


def tune(folder: Path, dtype: torch.dtype = torch.float32, **kind: object) -> PeftModel:
    """The base with an adapter that changes it."""
    base = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype)
    torch.manual_seed(1)
    targets = ["q_proj", "down_proj"]
    model = add_lora(base, rank=4, alpha=8, dropout=0.0, targets=targets, source="x", revision="y", **kind)  # type: ignore[arg-type]
    for name, weight in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=0.1)
    return model.eval()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_the_bits_are_those_of_a_whole_merge(
    kind: str, precision: str, tiny_llama: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merge_shards, "_MAX_SHARD_BYTES", 100_000)
    model = tune(tiny_llama, **KINDS[kind])  # type: ignore[arg-type]
    assert can_merge_by_layer(model)
    write_merged_shards(model, tmp_path, precision)
    verify_merged_shards(model, tmp_path, precision)
    assert len(list(tmp_path.glob("*.safetensors"))) > 2
    dtype = torch.float32 if precision == "fp32" else torch.bfloat16
    loaded = AutoModelForCausalLM.from_pretrained(tmp_path)
    assert loaded.dtype == dtype
    whole = model.merge_and_unload(safe_merge=True).to(dtype).state_dict()
    assert loaded.state_dict().keys() == whole.keys()
    assert all(torch.equal(tensor, whole[name]) for name, tensor in loaded.state_dict().items())


def test_a_base_in_half_precision_is_merged_in_float32(tiny_llama: Path, tmp_path: Path) -> None:
    AutoModelForCausalLM.from_pretrained(tiny_llama, dtype=torch.bfloat16).save_pretrained(tmp_path / "half")
    half, single = tune(tmp_path / "half", torch.bfloat16), tune(tmp_path / "half")
    single.load_state_dict({k: v for k, v in half.state_dict().items() if "lora_" in k}, strict=False)
    write_merged_shards(half, tmp_path, "fp32")
    whole = single.merge_and_unload(safe_merge=True).state_dict()
    loaded = AutoModelForCausalLM.from_pretrained(tmp_path).state_dict()
    assert all(torch.equal(tensor, whole[name]) for name, tensor in loaded.items())


def test_one_layer_is_there_in_float32(tiny_llama: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy, copies = merge_shards._copy_in_float32, []

    def watched_copy(weight: torch.nn.Parameter) -> torch.nn.Parameter:
        copied = copy(weight)
        copies.append(weakref.ref(copied))
        return copied

    monkeypatch.setattr(merge_shards, "_copy_in_float32", watched_copy)
    for _, tensor in merge_shards.iterate_merged_weights(tune(tiny_llama, torch.bfloat16)):
        assert sum(copied() is not None for copied in copies) <= 3  # a weight and its two factors
        del tensor
    assert len(copies) == 3 * 2 * 2  # in each of two layers two matrices


def test_a_damaged_or_missing_tensor_is_named(tiny_llama: Path, tmp_path: Path) -> None:
    model = tune(tiny_llama)
    write_merged_shards(model, tmp_path, "fp32")
    for name, weight in model.named_parameters():
        if "layers.1.self_attn.q_proj.lora_B" in name:
            weight.data[0, 0] += 1
    with pytest.raises(ExportError, match=r"layers\.1\.self_attn\.q_proj\.weight differs"):
        verify_merged_shards(model, tmp_path, "fp32")
    (tmp_path / "model.safetensors").unlink()
    with pytest.raises(ExportError, match="is missing"):
        verify_merged_shards(model, tmp_path, "fp32")


def test_a_tied_weight_is_written_once(tiny_llama: Path, tmp_path: Path) -> None:
    from transformers import LlamaConfig

    config = LlamaConfig.from_pretrained(tiny_llama, tie_word_embeddings=True)
    AutoModelForCausalLM.from_config(config).save_pretrained(tmp_path / "tied")
    write_merged_shards(tune(tmp_path / "tied"), tmp_path, "bf16")
    with safe_open(tmp_path / "model.safetensors", framework="pt") as file:
        assert sum("embed_tokens" in name or "lm_head" in name for name in file.keys()) == 1  # noqa: SIM118
    loaded = AutoModelForCausalLM.from_pretrained(tmp_path)
    assert loaded.lm_head.weight is loaded.model.embed_tokens.weight


def test_other_adapters_are_merged_as_a_whole(tiny_llama: Path) -> None:
    from peft import LoraConfig, get_peft_model

    base = AutoModelForCausalLM.from_pretrained(tiny_llama)
    tuned = get_peft_model(base, LoraConfig(r=4, target_modules=["q_proj"], modules_to_save=["lm_head"]))
    assert not can_merge_by_layer(tuned)
    assert not can_merge_by_layer(AutoModelForCausalLM.from_pretrained(tiny_llama))


def test_the_precision_follows_the_free_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    parameters = 7_000_000_000

    def given(free: float) -> None:
        memory = preflight.psutil.virtual_memory()._replace(available=free)
        monkeypatch.setattr(preflight.psutil, "virtual_memory", lambda: memory)

    given(64e9)
    assert preflight.choose_merge_precision(parameters) == "float32"
    given(23.1e9)
    assert preflight.choose_merge_precision(parameters) == "bfloat16"
    given(16e9)
    with pytest.raises(UserError, match="larger machine"):
        preflight.choose_merge_precision(parameters)
