"""Bases of the families: real tokenizer, own chat template, tiny random weights of the real architecture."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import CONFIG_MAPPING, AutoModelForCausalLM

from tests.conftest import REPOSITORY
from tests.families import own_forms
from tests.real_tokenizers import get_hub_folder, load_official_template, make_llama_folder, make_vicuna_folder

_SIZES = {
    "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "head_dim": 8, "max_position_embeddings": 4096,
}  # fmt: skip
_VISION = {
    "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "image_size": 32,
    "patch_size": 16,
}  # fmt: skip
_GEMMA = {"sliding_window": 512, "layer_types": ["sliding_attention", "full_attention"]}
_DEEPSEEK = {
    "num_key_value_heads": 4, "q_lora_rank": 16, "kv_lora_rank": 8, "qk_rope_head_dim": 8, "qk_nope_head_dim": 8,
    "v_head_dim": 8, "n_routed_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 16,
    "first_k_dense_replace": 1, "n_group": 1, "topk_group": 1,
}  # fmt: skip


@dataclass(frozen=True)
class Family:
    """How a base of one family is made, and how it is to be asked.

    `stops` are the ids that the hub's generation_config.json names; `template` is None for the one that the tokenizer
    brings; `arguments` are those that its template takes beside the messages; `with_system` is whether it takes a
    system message; `packed` whether records go through it together.
    """

    fill: Callable[[Path], object]
    model_type: str
    vocabulary: int
    stops: tuple[int, ...]
    template: Callable[[], str] | None = None
    sizes: Mapping[str, Any] = field(default_factory=dict)
    arguments: Mapping[str, Any] = field(default_factory=dict)
    with_system: bool = True
    packed: bool = True


def _copy_hub(name: str) -> Callable[[Path], object]:
    return lambda folder: shutil.copytree(get_hub_folder(name), folder, dirs_exist_ok=True)


def _copy_smollm2(folder: Path) -> None:
    source = REPOSITORY / "models" / "pretrained" / "smollm2-135m"
    if not (source / "tokenizer.json").is_file():
        pytest.skip("SmolLM2 is not there: hackmentor fetch base=smollm2 size=135m")
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        shutil.copy2(source / name, folder / name)


def _token(index: int, content: str, *, special: bool = True, strip: str = "") -> dict[str, Any]:
    """An added token; `strip` has "l" and "r" where it takes the white space to its left and right."""
    return {
        "id": index, "content": content, "special": special, "lstrip": "l" in strip, "rstrip": "r" in strip,
        "normalized": False, "single_word": False,
    }  # fmt: skip


def _change_tokens(
    folder: Path, tokens: list[dict[str, Any]], *, remove: tuple[str, ...] = (), **declared: Any
) -> None:
    """Adds tokens to a tokenizer, in place of those with the same ids, and changes its tokenizer_config.json."""
    file, config_file = folder / "tokenizer.json", folder / "tokenizer_config.json"
    content = json.loads(file.read_text(encoding="utf-8"))
    new = {token["id"]: token for token in tokens}
    kept = [t for t in content["added_tokens"] if t["id"] not in new and t["content"] not in remove]
    known = {*content["model"]["vocab"].values(), *new, *(token["id"] for token in kept)}
    # Ids follow the order of the tokens, so that none may be left out.
    new |= {index: _token(index, f"<|dummy_{index}|>") for index in range(max(known)) if index not in known}
    content["added_tokens"] = sorted([*kept, *new.values()], key=lambda token: token["id"])
    file.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    config = json.loads(config_file.read_text(encoding="utf-8"))
    for name in ("added_tokens_decoder", "additional_special_tokens"):
        config.pop(name, None)
    config_file.write_text(json.dumps(config | declared), encoding="utf-8")


def _fill_qwen2(folder: Path) -> None:
    """Qwen3's without the tokens for thoughts and tool responses, which are newer."""
    _copy_hub("qwen3")(folder)
    _change_tokens(folder, [], remove=("<think>", "</think>", "<tool_response>", "</tool_response>"))


def _fill_phi3(folder: Path) -> None:
    """LLaMA's vocabulary and added tokens that take the white space behind them, as I remember the hub's file."""
    make_llama_folder(folder)
    names = ("endoftext", "assistant", "placeholder1", "placeholder2", "placeholder3", "placeholder4", "system", "end",
             "placeholder5", "placeholder6", "user")  # fmt: skip
    tokens = [
        _token(32000 + place, f"<|{name}|>", strip="" if name == "endoftext" else "r")
        for place, name in enumerate(names)
    ]
    _change_tokens(folder, [*tokens, _token(2, "</s>", special=False, strip="r")], eos_token="<|endoftext|>",
                   pad_token="<|endoftext|>", add_bos_token=False)  # fmt: skip


def _fill_phi4(folder: Path) -> None:
    """GPT-4's vocabulary and Phi-4's tokens, which take white space on both sides."""
    _copy_hub("gpt4")(folder)
    names = {100257: "endoftext", 100264: "im_start", 100265: "im_end", 100266: "im_sep"}
    tokens = [_token(index, f"<|{name}|>", strip="lr") for index, name in names.items()]
    _change_tokens(folder, tokens, eos_token="<|im_end|>", tokenizer_class="GPT2Tokenizer")


def _fill_phi4_mini(folder: Path) -> None:
    """GPT-4o's vocabulary and the tokens of Phi-4-mini."""
    _copy_hub("gpt4o")(folder)
    names = {200019: "assistant", 200020: "end", 200021: "user", 200022: "system"}
    _change_tokens(folder, [_token(index, f"<|{name}|>", strip="r") for index, name in names.items()])


def _fill_smollm3(folder: Path) -> None:
    """Llama 3's vocabulary with other names of the reserved tokens."""
    _copy_hub("llama3_1")(folder)
    names = {128002: "<think>", 128003: "</think>", 128011: "<|im_start|>", 128012: "<|im_end|>"}
    tokens = [_token(index, name, special="think" not in name) for index, name in names.items()]
    _change_tokens(folder, tokens, bos_token=None, eos_token="<|im_end|>")


_LLAMA3_ROPE = {
    "rope_type": "llama3", "rope_theta": 500000.0, "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
    "original_max_position_embeddings": 8192,
}  # fmt: skip
_NO_THOUGHTS = {"enable_thinking": False}
_GEMMA_TEXT = {"pad_token_id": 0, "bos_token_id": 2, "eos_token_id": 1, "tie_word_embeddings": True, **_GEMMA}

FAMILIES: dict[str, Family] = {
    "llama2": Family(make_llama_folder, "llama", 32000, (2,), lambda: own_forms.LLAMA2),
    "vicuna": Family(make_vicuna_folder, "llama", 32000, (2,)),
    "llama3.1": Family(
        _copy_hub("llama3_1"), "llama", 128256, (128001, 128008, 128009), lambda: load_official_template("llama3_1"),
        {"rope_parameters": _LLAMA3_ROPE},
    ),
    "qwen2.5": Family(
        _fill_qwen2, "qwen2", 151936, (151645, 151643), lambda: load_official_template("qwen2_5"),
        {"tie_word_embeddings": True},
    ),
    "qwen3": Family(
        _copy_hub("qwen3"), "qwen3", 151936, (151645, 151643), lambda: load_official_template("qwen3"),
        {"tie_word_embeddings": True}, _NO_THOUGHTS,
    ),
    "gemma3": Family(
        _copy_hub("gemma3"), "gemma3_text", 262144, (1, 106), lambda: load_official_template("gemma3"), _GEMMA_TEXT
    ),
    "gemma3-multimodal": Family(
        _copy_hub("gemma3"), "gemma3", 262208, (1, 106), lambda: load_official_template("gemma3"),
        {
            "text_config": {**_SIZES, **_GEMMA_TEXT, "vocab_size": 262208}, "vision_config": _VISION,
            "mm_tokens_per_image": 4, "image_token_index": 262144, "boi_token_index": 255999, "eoi_token_index": 256000,
        },
    ),
    "mistral": Family(
        _copy_hub("mistral"), "mistral", 32000, (2,), lambda: own_forms.MISTRAL, {"sliding_window": 4096},
        with_system=False,
    ),
    "phi3": Family(
        _fill_phi3, "phi3", 32064, (32000, 32001, 32007), lambda: load_official_template("phi3"),
        {"sliding_window": 2047, "pad_token_id": 32000},
    ),
    "phi4": Family(
        _fill_phi4, "phi3", 100352, (100257, 100265), lambda: own_forms.PHI4, {"pad_token_id": 100257}
    ),
    "phi4-mini": Family(
        _fill_phi4_mini, "phi3", 200064, (200020, 199999), lambda: own_forms.PHI4_MINI,
        {"pad_token_id": 199999, "tie_word_embeddings": True, "sliding_window": 262144},
    ),
    "deepseek_v3": Family(_copy_hub("deepseek_v3"), "deepseek_v3", 129280, (1,), None, _DEEPSEEK),
    "gpt-oss": Family(
        _copy_hub("gptoss"), "gpt_oss", 201088, (200002, 199999, 200012), lambda: load_official_template("gptoss"),
        {"num_local_experts": 4, "num_experts_per_tok": 2, "sliding_window": 128,
         "layer_types": ["sliding_attention", "full_attention"]},
        packed=False,
    ),
    "smollm2": Family(_copy_smollm2, "llama", 49152, (2,), None, {"tie_word_embeddings": True}),
    "smollm3": Family(
        _fill_smollm3, "smollm3", 128256, (128012,), lambda: own_forms.SMOLLM3, {"tie_word_embeddings": True}
    ),
}  # fmt: skip


def write_tokenizer(name: str, folder: Path) -> Path:
    """Fills a folder with all of a base of a family but its weights."""
    family = FAMILIES[name]
    family.fill(folder)
    if family.template is not None:
        (folder / "chat_template.jinja").write_text(family.template(), encoding="utf-8")
    (folder / "generation_config.json").write_text(json.dumps({"eos_token_id": list(family.stops)}))
    _build_config(family).save_pretrained(folder)
    return folder


def write_base(name: str, folder: Path) -> Path:
    """Fills a folder with a whole base of a family."""
    write_tokenizer(name, folder)
    torch.manual_seed(0)
    stops = (folder / "generation_config.json").read_bytes()
    model = AutoModelForCausalLM.from_config(_build_config(FAMILIES[name]))
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.mul_(3.0)  # so large that the tokens heed each other
    model.save_pretrained(folder)
    (folder / "generation_config.json").write_bytes(stops)
    return folder


def _build_config(family: Family) -> Any:
    sizes = {**_SIZES, "vocab_size": family.vocabulary, **family.sizes}
    if "text_config" in sizes:
        sizes = dict(family.sizes)
    if family.model_type == "deepseek_v3":
        del sizes["head_dim"]
    return CONFIG_MAPPING[family.model_type](**sizes)
