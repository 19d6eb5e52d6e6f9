"""The shape of a base model: how many parameters it has, and which matrices they are in.

Decoders of Llama's architecture (Touvron et al. 2023): embedding, layers of attention and a gated MLP with two norms,
a final norm, an output layer. Of later families some have norms over the size of a head (Qwen3, Gemma 3), four norms a
layer (Gemma 2 and 3), biases of queries, keys and values (Qwen2) or fused matrices (Phi-3 and 4).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from hackmentor.runtime.errors import UserError

# PEFT's word for every linear layer but the head.
ALL_LINEAR = "all-linear"
ATTENTION_MATRICES = ("q_proj", "k_proj", "v_proj", "qkv_proj", "o_proj")

# By model_type in config.json: what its layers have beyond Llama's. Others are refused, as they would be counted wrong.
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


@dataclass(frozen=True)
class Geometry:
    """Sizes, in numbers of features; `tied`: the output layer is the embedding."""

    layers: int
    hidden: int
    intermediate: int
    heads: int
    kv_heads: int
    head_dim: int
    vocab: int
    tied: bool
    layer_norms: int = 2
    query_bias: bool = False
    fused: bool = False
    head_norms: bool = False

    @property
    def queries(self) -> int:
        """Features of all query heads together."""
        return self.heads * self.head_dim

    def linears(self) -> dict[str, tuple[int, int]]:
        """The matrices of one layer by name: features in, features out."""
        keys = self.kv_heads * self.head_dim
        if self.fused:
            return {
                "qkv_proj": (self.hidden, self.queries + 2 * keys),
                "o_proj": (self.queries, self.hidden),
                "gate_up_proj": (self.hidden, 2 * self.intermediate),
                "down_proj": (self.intermediate, self.hidden),
            }
        return {
            "q_proj": (self.hidden, self.queries),
            "k_proj": (self.hidden, keys),
            "v_proj": (self.hidden, keys),
            "o_proj": (self.queries, self.hidden),
            "gate_proj": (self.hidden, self.intermediate),
            "up_proj": (self.hidden, self.intermediate),
            "down_proj": (self.intermediate, self.hidden),
        }

    def linear_parameters(self) -> int:
        """Parameters in the matrices of all layers: those that int8 and nf4 quantise."""
        return self.layers * sum(ins * outs for ins, outs in self.linears().values())

    def other_parameters(self) -> int:
        """Parameters in embedding, output layer and norms: those that keep their precision."""
        norms = self.layer_norms * self.hidden + (2 * self.head_dim if self.head_norms else 0)
        biases = self.queries + 2 * self.kv_heads * self.head_dim if self.query_bias else 0
        return self.vocab * self.hidden * (1 if self.tied else 2) + self.layers * (norms + biases) + self.hidden

    def parameters(self) -> int:
        """All parameters; a tied output layer counts once."""
        return self.linear_parameters() + self.other_parameters()

    def lora_parameters(self, rank: int, targets: Sequence[str]) -> int:
        """Parameters of LoRA's two factors on each target: rank * (in + out) (Hu et al. 2021, section 4.1).

        Raises:
            UserError: if a target is no layer of the base.
        """
        linears = self.linears()
        return self.layers * sum(rank * sum(linears[target]) for target in self.resolve_targets(targets))

    def resolve_targets(self, targets: Sequence[str]) -> tuple[str, ...]:
        """The names of the matrices that LoRA's targets stand for: ends of full names, or `all-linear`.

        Raises:
            UserError: if a target is no layer of the base.
        """
        paths = {name: f".{'self_attn' if name in ATTENTION_MATRICES else 'mlp'}.{name}" for name in self.linears()}
        found = {target: [name for name in paths if _is_target(target, paths[name])] for target in targets}
        if unknown := [target for target in targets if not found[target]]:
            raise UserError(f"method.targets={unknown}: the base has no such layer; it has {', '.join(paths)}")
        return tuple(dict.fromkeys(name for names in found.values() for name in names))


def _is_target(target: str, path: str) -> bool:
    return target == ALL_LINEAR or path.endswith(f".{target}")


def read_geometry(content: Mapping[str, Any], where: str) -> Geometry:
    """The geometry that a model folder's config.json states.

    Raises:
        UserError: if it is of an architecture whose parameters are not counted here, or a size is missing.
    """
    content = {**content, **(content.get("text_config") or {})}
    kind = str(content.get("model_type"))
    if kind not in _FAMILIES:
        known = ", ".join(_FAMILIES)
        raise UserError(f"{where}: the parameters of model_type={kind} are not counted; those of {known} are")
    if experts := content.get("num_local_experts") or content.get("num_experts"):
        raise UserError(f"{where}: it has {experts} experts (MoE), whose parameters are not counted")
    if bias := next((key for key in ("attention_bias", "mlp_bias") if content.get(key)), None):
        raise UserError(f"{where}: {bias}=true: the parameters of these biases are not counted")
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


def describe_mismatch(found: Geometry, known: Geometry) -> str | None:
    """What config.json says differently from the published numbers in conf/, or None."""
    names = [field.name for field in fields(Geometry)]
    differing = [name for name in names if getattr(found, name) != getattr(known, name)]
    said = ", ".join(f"{name} {getattr(found, name)} (conf/: {getattr(known, name)})" for name in differing)
    return f"config.json differs from the geometry in conf/: {said}" if differing else None
