"""An adapter goes on the base that it was trained on, whatever year it is from; any other base gets a sentence."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedModel

from hackmentor.model.adapter import add_lora, load_adapter
from hackmentor.model.adapter_files import convert_adapter
from hackmentor.model.identity import identify_base, refuse_other_base
from hackmentor.model.load import load_base
from hackmentor.runtime.errors import UserError

# As the original's adapters have it, keys included that PEFT no longer knows.
CONFIG_2023 = {
    "base_model_name_or_path": "decapoda-research/llama-7b-hf", "bias": "none", "enable_lora": None,
    "fan_in_fan_out": False, "inference_mode": True, "lora_alpha": 16, "lora_dropout": 0.05, "merge_weights": False,
    "modules_to_save": None, "peft_type": "LORA", "r": 8, "target_modules": ["q_proj", "v_proj"],
    "task_type": "CAUSAL_LM",
}  # fmt: skip
IDS = torch.tensor([[5, 6, 7, 8]])


def base(folder: Path) -> PreTrainedModel:
    return load_base(folder, quant="none", dtype=torch.float32, device=torch.device("cpu"))


def logits(model: PreTrainedModel | PeftModel) -> torch.Tensor:
    with torch.inference_mode():
        return torch.as_tensor(model(IDS).logits)


@pytest.fixture
def trained(tiny_llama: Path) -> PeftModel:
    model = add_lora(
        base(tiny_llama), rank=8, alpha=16, dropout=0.0, targets=["q_proj", "v_proj"], source="x", revision="y"
    )
    for name, parameter in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter)
    return model.eval()


@pytest.fixture
def cell(trained: PeftModel, tiny_llama: Path, tmp_path: Path) -> Path:
    """The folder of a cell: adapter and card."""
    trained.save_pretrained(str(tmp_path / "adapter"), save_embedding_layers=False)
    (tmp_path / "card.json").write_text(json.dumps({"base": identify_base("tiny-1m", tiny_llama).to_json()}))
    return tmp_path


@pytest.fixture
def old(trained: PeftModel, tmp_path: Path) -> Path:
    """An adapter as PEFT 0.2 wrote it."""
    trained.save_pretrained(str(tmp_path / "new"), save_embedding_layers=False)
    folder = tmp_path / "old"
    folder.mkdir()
    torch.save(load_file(tmp_path / "new" / "adapter_model.safetensors"), folder / "adapter_model.bin")
    (folder / "adapter_config.json").write_text(json.dumps(CONFIG_2023))
    return folder


def other_base(tiny_llama: Path, folder: Path, **changes: int) -> Path:
    """Another random Llama; without changes of the same shape."""
    config = LlamaConfig.from_pretrained(tiny_llama)
    config.update(changes)
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


def test_on_its_own_base_it_answers_as_it_did(trained: PeftModel, cell: Path, tiny_llama: Path) -> None:
    plain = base(tiny_llama)
    untuned = logits(plain)
    loaded = load_adapter(plain, cell / "adapter", identify_base("tiny-1m", tiny_llama))
    torch.testing.assert_close(logits(loaded), logits(trained), rtol=0, atol=0)
    torch.testing.assert_close(logits(loaded.unload()), untuned, rtol=0, atol=0)


def test_the_same_weights_under_another_name_are_its_base(cell: Path, tiny_llama: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(tiny_llama, tmp_path / "copy")
    refuse_other_base(cell / "adapter", identify_base("mine-1m", copy))


@pytest.mark.parametrize("changes", [{}, {"num_hidden_layers": 3}, {"vocab_size": 700}, {"hidden_size": 32}])
def test_another_base_gets_a_sentence_that_names_both(
    changes: dict[str, int], cell: Path, tiny_llama: Path, tmp_path: Path
) -> None:
    folder = other_base(tiny_llama, tmp_path / "other", **changes)
    other = identify_base("other-2m", folder)
    with pytest.raises(UserError) as refused:
        load_adapter(base(folder), cell / "adapter", other)
    said = str(refused.value)
    assert str(identify_base("tiny-1m", tiny_llama)) in said
    assert f"can't be put on {other}" in said
    assert "other-2m (llama, " in said
    for number in changes.values():
        assert str(number) in said


MISFITS = {
    "size": ({"hidden_size": 32, "head_dim": 16}, "the in features of model.layers.0.self_attn.q_proj are 32 in"),
    "heads": ({"num_key_value_heads": 4}, "the out features of model.layers.0.self_attn.v_proj are 64 in"),
    "layers": ({"num_hidden_layers": 1}, "there is no layer model.layers.1.self_attn.q_proj in this base"),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "expected"), MISFITS.values(), ids=MISFITS.keys())
def test_without_a_card_its_shapes_are_compared(
    changes: dict[str, int], expected: str, old: Path, tiny_llama: Path, tmp_path: Path
) -> None:
    folder = other_base(tiny_llama, tmp_path / "other", **changes)
    with pytest.raises(
        UserError, match="was trained on decapoda-research/llama-7b-hf; it does not fit other-2m"
    ) as said:
        load_adapter(base(folder), old, identify_base("other-2m", folder))
    assert expected in str(said.value)


def test_an_adapter_of_2023_loads_and_converts(trained: PeftModel, old: Path, tiny_llama: Path, tmp_path: Path) -> None:
    identity = identify_base("tiny-1m", tiny_llama)
    torch.testing.assert_close(logits(load_adapter(base(tiny_llama), old, identity)), logits(trained), rtol=0, atol=0)
    new = tmp_path / "converted"
    convert_adapter(old, new)
    assert sorted(file.name for file in new.iterdir()) == ["adapter_config.json", "adapter_model.safetensors"]
    assert (old / "adapter_model.bin").is_file()
    alone = PeftModel.from_pretrained(base(tiny_llama), str(new)).eval()
    torch.testing.assert_close(logits(alone), logits(trained), rtol=0, atol=0)
    with pytest.raises(UserError, match="is there already"):
        convert_adapter(old, new)


class Malicious:
    """Unpickled, it makes a file."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.file),)


def test_a_pickle_with_code_in_it_is_refused_and_none_of_it_runs(old: Path, tiny_llama: Path, tmp_path: Path) -> None:
    made = tmp_path / "made"
    weights = old / "adapter_model.bin"
    torch.save({"base_model.model.x.lora_A.weight": Malicious(made)}, weights)
    with pytest.raises(UserError, match="could run code, so it is not loaded"):
        load_adapter(base(tiny_llama), old, identify_base("tiny-1m", tiny_llama))
    with pytest.raises(UserError, match="could run code, so it is not loaded"):
        convert_adapter(old, tmp_path / "converted")
    assert not made.exists()
    assert not (tmp_path / "converted").exists()
    torch.load(weights, weights_only=False)
    assert made.exists(), "the pickle does what it says where nobody looks"


def test_weights_that_are_none(old: Path, tiny_llama: Path) -> None:
    identity, weights = identify_base("tiny-1m", tiny_llama), old / "adapter_model.bin"
    for content, expected in (
        ({}, "no weights in it; the program that saved it lost them"),
        ({"lora": [1]}, "something else than named tensors"),
        (None, "something else than named tensors"),
    ):
        torch.save(content, weights)
        with pytest.raises(UserError, match=expected):
            load_adapter(base(tiny_llama), old, identity)
    for damaged in (b"", b"half a file"):
        weights.write_bytes(damaged)
        with pytest.raises(UserError, match=r"can't be read|is damaged"):
            load_adapter(base(tiny_llama), old, identity)
    weights.rename(old / "adapter_model.safetensors")
    with pytest.raises(UserError, match="can't be read"):
        load_adapter(base(tiny_llama), old, identity)
    (old / "adapter_model.safetensors").unlink()
    with pytest.raises(UserError, match="no weights in it"):
        load_adapter(base(tiny_llama), old, identity)
    (old / "adapter_config.json").unlink()
    with pytest.raises(UserError, match="so it is no adapter"):
        load_adapter(base(tiny_llama), old, identity)
