"""Tiny random models of real architectures, and how the records of each go through it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from transformers import CONFIG_MAPPING, AutoModelForCausalLM

VOCABULARY = 320
_TOKENS = {"vocab_size": VOCABULARY, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2}
_SIZES = {
    **_TOKENS, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "head_dim": 8, "max_position_embeddings": 256,
}  # fmt: skip
_WINDOW = {"sliding_window": 8, "layer_types": ["sliding_attention", "full_attention"]}
_DELTA_NET = {
    "layer_types": ["linear_attention", "full_attention"], "linear_num_value_heads": 4, "linear_num_key_heads": 2,
    "linear_key_head_dim": 8, "linear_value_head_dim": 8,
}  # fmt: skip
_MAMBA2 = {"mamba_n_heads": 8, "mamba_d_head": 8, "mamba_d_state": 8, "mamba_n_groups": 1, "mamba_chunk_size": 16}
_VISION = {
    "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "image_size": 32,
    "patch_size": 16,
}  # fmt: skip


def _sizes(*without: str, **more: Any) -> dict[str, Any]:
    return {name: size for name, size in _SIZES.items() if name not in without} | more


# By model_type: why records go through it one by one (a part of what is logged), "" where they are packed; its sizes.
ARCHITECTURES: dict[str, tuple[str, dict[str, Any]]] = {
    "llama": ("", _SIZES),
    "mistral": ("", _sizes(sliding_window=8)),
    "qwen2": ("", _sizes(use_sliding_window=True, max_window_layers=1, sliding_window=8)),
    "qwen3": ("", _SIZES),
    "gemma3_text": ("", _SIZES | _WINDOW),
    "gemma3": (
        "",
        {
            "text_config": _SIZES | _WINDOW, "vision_config": _VISION, "mm_tokens_per_image": 4,
            "image_token_index": 319, "boi_token_index": 318, "eoi_token_index": 317,
        },
    ),
    "phi": ("", _sizes(num_key_value_heads=4)),
    "phi3": ("", _sizes(sliding_window=8)),
    "olmo3": ("", _SIZES | _WINDOW),
    "cohere2": ("", _SIZES | _WINDOW),
    "glm4": ("", _SIZES),
    "granite": ("", _sizes(logits_scaling=4.0)),
    "smollm3": ("", _SIZES),
    "gpt2": ("", {**_TOKENS, "n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 256}),
    "gpt_neox": ("", _sizes("head_dim", "num_key_value_heads")),
    "deepseek_v3": (
        "",
        _sizes(
            "head_dim", num_key_value_heads=4, q_lora_rank=16, kv_lora_rank=8, qk_rope_head_dim=8, qk_nope_head_dim=8,
            v_head_dim=8, n_routed_experts=4, num_experts_per_tok=2, moe_intermediate_size=16, first_k_dense_replace=1,
            n_group=1, topk_group=1,
        ),
    ),
    "qwen3_moe": ("", _sizes(num_experts=4, num_experts_per_tok=2, moe_intermediate_size=16)),
    "qwen3_next": (
        "the record before",
        _sizes(**_DELTA_NET, num_experts=4, num_experts_per_tok=2, moe_intermediate_size=16,
               shared_expert_intermediate_size=16),
    ),
    "qwen3_5_text": ("the record before", _SIZES | _DELTA_NET),
    "granitemoehybrid": (
        "the record before",
        _sizes(**_MAMBA2, layer_types=["mamba", "attention"], num_local_experts=4, num_experts_per_tok=2,
               shared_intermediate_size=16),
    ),
    "lfm2": ("the record before", _sizes(layer_types=["conv", "full_attention"], block_multiple_of=8)),
    "falcon_h1": (
        "the record before",
        _sizes(**_MAMBA2 | {"mamba_n_heads": 4, "mamba_d_ssm": 32}, lm_head_multiplier=0.5),
    ),
    "mamba": ("the record before", {**_TOKENS, "hidden_size": 32, "num_hidden_layers": 2, "state_size": 4}),
    "minimax": (
        "the record before",
        _sizes(layer_types=["linear_attention", "full_attention"], num_local_experts=4, block_size=16),
    ),
    "llama4_text": (
        "not that of its record alone",
        _sizes(attention_chunk_size=8, num_local_experts=2, intermediate_size_mlp=32, no_rope_layers=[1, 0],
               layer_types=["chunked_attention", "full_attention"], moe_layers=[1]),
    ),
    "gemma2": ("does not compute softcap", _sizes(sliding_window=8, query_pre_attn_scalar=8)),
    "gpt_oss": ("does not compute s_aux", _SIZES | _WINDOW | {"num_local_experts": 4, "num_experts_per_tok": 2}),
    "falcon": ("code of its own", _sizes("head_dim", new_decoder_architecture=True, num_kv_heads=2)),
    "bloom": ("code of its own", {**_TOKENS, "hidden_size": 32, "n_layer": 2, "n_head": 4}),
    "mpt": ("code of its own", {**_TOKENS, "d_model": 32, "n_layers": 2, "n_heads": 4, "max_seq_len": 256}),
}  # fmt: skip


def make_model(model_type: str, folder: Path, **changes: Any) -> Path:
    """Fills a folder with a random model, whose weights are so large that its tokens heed each other."""
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(CONFIG_MAPPING[model_type](**ARCHITECTURES[model_type][1] | changes))
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.mul_(3.0)
    model.save_pretrained(folder)
    return folder
