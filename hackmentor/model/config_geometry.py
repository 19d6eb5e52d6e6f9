"""The geometry of a config.json: of well-known families by its numbers, of all others measured on the model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hackmentor.model.geometry import Geometry
from hackmentor.model.measured_geometry import measure_geometry
from hackmentor.runtime.errors import UserError

# By model_type in config.json: what its layers have beyond Llama's. They are counted without torch, others measured.
_FAMILIES: dict[str, dict[str, int | bool]] = {
    "llama": {},
    "mistral": {},
    "smollm3": {},
    "qwen2": {"query_bias": True},
    "qwen3": {"head_norms": True},
    "phi3": {"fused": True},
    "gemma": {},
    "gemma2": {"layer_norms": 4},
    "gemma3_text": {"layer_norms": 4, "head_norms": True},
}
_TIED_BY_DEFAULT = ("gemma", "gemma2", "gemma3_text")


def read_geometry(content: Mapping[str, Any], where: str) -> Geometry:
    """The geometry that a model folder's config.json states, of any architecture that transformers knows.

    Raises:
        UserError: if transformers does not know the architecture, or a size is missing.
    """
    kind = str(content.get("model_type"))
    keys = ("num_local_experts", "num_experts", "attention_bias", "mlp_bias")
    if kind not in _FAMILIES or any(content.get(key) for key in keys):
        return measure_geometry(content, where)
    try:
        hidden, heads = int(content["hidden_size"]), int(content["num_attention_heads"])
        return Geometry(
            layers=int(content["num_hidden_layers"]),
            hidden=hidden,
            intermediate=int(content["intermediate_size"]),
            heads=heads,
            kv_heads=int(content.get("num_key_value_heads") or heads),
            head_dim=int(content.get("head_dim") or hidden // heads),
            vocab=int(content["vocab_size"]),
            tied=bool(content.get("tie_word_embeddings", kind in _TIED_BY_DEFAULT)),
            layer_norms=int(_FAMILIES[kind].get("layer_norms", 2)),
            query_bias=bool(_FAMILIES[kind].get("query_bias")),
            fused=bool(_FAMILIES[kind].get("fused")),
            head_norms=bool(_FAMILIES[kind].get("head_norms")),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(f"{where}: no usable {error} in it") from error
