"""Parameters are counted as the models themselves count them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from hackmentor.model.config_geometry import read_geometry
from hackmentor.model.geometry import Geometry, describe_mismatch
from hackmentor.model.measured_geometry import measure_geometry
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.paths import CONF_FOLDER
from hackmentor.train.memory_model.memory import count_weight_bytes
from hackmentor.train.memory_model.training_setup import TrainingSetup
from tests.train.architectures import ARCHITECTURES, make_model

PUBLISHED = {
    ("llama", "7b"): 6_738_415_616,
    ("llama", "13b"): 13_015_864_320,
    ("vicuna", "7b"): 6_738_415_616,
    ("vicuna", "13b"): 13_015_864_320,
    ("smollm2", "135m"): 134_515_008,
    ("qwen3", "0.6b"): 596_049_920,
    ("qwen3", "1.7b"): 1_720_574_976,
    ("qwen3", "4b"): 4_022_468_096,
    ("qwen3", "8b"): 8_190_735_360,
    ("qwen3", "14b"): 14_768_307_200,
    ("qwen3", "32b"): 32_762_123_264,
    ("llama3", "1b"): 1_235_814_400,
    ("llama3", "3b"): 3_212_749_824,
    ("llama3", "8b"): 8_030_261_248,
    ("llama3", "70b"): 70_553_706_496,
    ("smollm3", "3b"): 3_075_098_624,
    ("gemma3", "270m"): 268_098_176,
    ("gemma3", "1b"): 999_885_952,
    ("gemma3", "4b"): 4_300_079_472,
    ("gemma3", "12b"): 12_187_325_040,
    ("gemma3", "27b"): 27_432_406_640,
    ("qwen2.5", "0.5b"): 494_032_768,
    ("qwen2.5", "1.5b"): 1_543_714_304,
    ("qwen2.5", "3b"): 3_085_938_688,
    ("qwen2.5", "7b"): 7_615_616_512,
    ("qwen2.5", "14b"): 14_770_033_664,
    ("qwen2.5", "32b"): 32_763_876_352,
    ("gpt-oss", "20b"): 20_914_757_184,
    ("gpt-oss", "120b"): 116_829_156_672,
    ("mistral", "7b"): 7_248_023_552,
    ("phi4", "3.8b"): 3_836_021_760,
    ("phi4", "14b"): 14_659_507_200,
    ("foundation-sec", "8b"): 8_030_261_248,
}


def published(base: str, size: str) -> Geometry:
    content = yaml.safe_load((CONF_FOLDER / "base" / f"{base}.yaml").read_text())
    return Geometry(**content["checkpoints"][size]["geometry"])


@pytest.mark.parametrize(("which", "parameters"), PUBLISHED.items())
def test_the_geometry_in_conf_has_the_published_number_of_parameters(which: tuple[str, str], parameters: int) -> None:
    assert published(*which).parameters() == parameters


def test_every_checkpoint_has_a_geometry() -> None:
    files = {file.stem: yaml.safe_load(file.read_text()) for file in CONF_FOLDER.glob("base/*.yaml")}
    del files["auto"]
    assert {(base, size) for base, content in files.items() for size in content["checkpoints"]} == set(PUBLISHED)


def test_lora_of_the_paper() -> None:
    assert published("llama", "7b").lora_parameters(8, ("q_proj", "v_proj")) == 4_194_304
    assert published("llama", "13b").lora_parameters(8, ("q_proj", "v_proj")) == 6_553_600


def test_a_real_model_counts_the_same(tiny_llama: Path) -> None:
    from transformers import AutoModelForCausalLM

    from hackmentor.model.adapter import add_lora, count_trainable_parameters

    model = AutoModelForCausalLM.from_pretrained(tiny_llama)
    geometry = read_geometry(json.loads((tiny_llama / "config.json").read_text()), "config.json")
    assert geometry.parameters() == model.num_parameters()
    targets = ("q_proj", "k_proj", "o_proj", "down_proj")
    tuned = add_lora(model, rank=4, alpha=8, dropout=0.0, targets=targets, source="x", revision="y")
    assert geometry.lora_parameters(4, targets) == count_trainable_parameters(tuned)


def test_qwen3_with_its_norms_of_heads_counts_the_same() -> None:
    import torch
    from transformers import Qwen3Config, Qwen3ForCausalLM

    config = Qwen3Config(
        vocab_size=100, hidden_size=32, intermediate_size=48, num_hidden_layers=3, num_attention_heads=4,
        num_key_value_heads=2, head_dim=16, tie_word_embeddings=True,
    )  # fmt: skip
    with torch.device("meta"):
        model = Qwen3ForCausalLM(config)
    assert read_geometry(config.to_dict(), "config.json").parameters() == model.num_parameters()


@pytest.mark.parametrize("kind", ["mistral", "smollm3", "qwen2", "phi3", "gemma", "gemma2", "gemma3_text"])
def test_each_family_counts_as_the_model_itself(kind: str) -> None:
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    from hackmentor.model.adapter import add_lora, count_trainable_parameters

    sizes = {"vocab_size": 100, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 3, "head_dim": 8}
    sizes |= {"num_attention_heads": 4, "num_key_value_heads": 2, "pad_token_id": 0}
    config = AutoConfig.for_model(kind, **sizes)
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config)
    geometry = read_geometry(config.to_dict(), "config.json")
    assert geometry.parameters() == model.num_parameters()
    targets = [matrix.name for matrix in geometry.resolve_targets(["all-linear"])]
    tuned = add_lora(model, rank=4, alpha=8, dropout=0.0, targets=targets, source="x", revision="y")
    assert geometry.lora_parameters(4, ["all-linear"]) == count_trainable_parameters(tuned)


@pytest.mark.parametrize("model_type", ARCHITECTURES)
def test_any_architecture_is_counted_as_it_is_built_and_adapted(model_type: str, tmp_path: Path) -> None:
    from transformers import AutoModelForCausalLM

    from hackmentor.model.adapter import add_lora, count_trainable_parameters

    content = json.loads((make_model(model_type, tmp_path) / "config.json").read_text())
    model = AutoModelForCausalLM.from_pretrained(tmp_path)
    geometry = read_geometry(content, "config.json")
    assert geometry == read_geometry(content, "config.json")
    assert geometry.parameters() == model.num_parameters()
    assert geometry.parameters() == measure_geometry(content, "config.json").parameters()
    tuned = add_lora(model, rank=4, alpha=8, dropout=0.0, targets=["all-linear"], source="x", revision="y")
    assert geometry.lora_parameters(4, ["all-linear"]) == count_trainable_parameters(tuned)


def test_of_experts_all_are_in_memory_and_a_part_computes(tmp_path: Path) -> None:
    content = json.loads((make_model("qwen3_moe", tmp_path) / "config.json").read_text())
    geometry = read_geometry(content, "config.json")
    layers, experts, active, hidden, width = 2, 4, 2, 32, 16
    assert geometry.expert_parameters() == layers * experts * 3 * hidden * width
    assert geometry.computed_parameters() == geometry.linear_parameters() + layers * active * 3 * hidden * width
    setup = TrainingSetup(geometry, "nf4", "bf16-true", 8, ("all-linear",), 0.0, on_gpu=True)
    assert count_weight_bytes(setup)[1] == 2 * (geometry.expert_parameters() + geometry.other_parameters())


def test_what_sees_images_is_in_memory_and_neither_computes_nor_is_adapted(tmp_path: Path) -> None:
    content = json.loads((make_model("gemma3", tmp_path) / "config.json").read_text())
    whole = read_geometry(content, "config.json")
    text = read_geometry({**content["text_config"], "model_type": "gemma3_text"}, "config.json")
    assert whole.parameters() > text.parameters()
    assert whole.computed_parameters() == text.computed_parameters()
    assert whole.lora_parameters(4, ("q_proj", "v_proj")) == text.lora_parameters(4, ("q_proj", "v_proj"))


def test_an_unknown_target_is_refused() -> None:
    with pytest.raises(UserError, match="no such layer; it has q_proj"):
        published("llama", "7b").lora_parameters(8, ("query",))


@pytest.mark.parametrize("content", [{"model_type": "nonesuch"}, {"model_type": "llama"}])
def test_a_config_that_does_not_tell_is_refused(content: dict[str, str]) -> None:
    with pytest.raises(UserError, match=r"here/config\.json"):
        read_geometry(content, "here/config.json")


def test_a_mismatch_is_said() -> None:
    seven, thirteen = published("llama", "7b"), published("llama", "13b")
    assert describe_mismatch(seven, seven) is None
    assert "layers 32 (conf/: 40)" in str(describe_mismatch(seven, thirteen))
