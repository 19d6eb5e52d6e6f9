"""The shape of a base model: how many parameters it has, and which matrices they are in.

Decoders of Llama's architecture (Touvron et al. 2023): embedding, layers of attention and a gated MLP with two norms,
a final norm, an output layer. Of later families some have norms over the size of a head (Qwen3, Gemma 3), four norms a
layer (Gemma 2 and 3), biases of queries, keys and values (Qwen2) or fused matrices (Phi-3 and 4).

Every other architecture is measured on the model that transformers builds of its config.json: see `config_geometry`.
Then `matrices` and `other` say what there is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

from hackmentor.runtime.errors import UserError

# PEFT's word for every linear layer but the head.
ALL_LINEAR = "all-linear"
ATTENTION_MATRICES = ("q_proj", "k_proj", "v_proj", "qkv_proj", "o_proj")


@dataclass(frozen=True)
class Matrix:
    """Equal matrices of a model: `count` of them, each from `ins` features to `outs`.

    `active` of them compute for a token: of experts a part, of what sees images none; None is all. `experts`: they are
    one tensor, which is neither quantised nor given adapters. `adapted`: whether `all-linear` means them.
    """

    path: str
    ins: int
    outs: int
    count: int
    active: float | None = None
    experts: bool = False
    adapted: bool = True

    @property
    def name(self) -> str:
        """Its last name."""
        return self.path.rpartition(".")[2]

    @property
    def computed(self) -> float:
        """How many of them compute for a token."""
        return self.count if self.active is None else self.active

    @property
    def parameters(self) -> int:
        """Of all of them."""
        return self.count * self.ins * self.outs


@dataclass(frozen=True)
class Geometry:
    """Sizes, in numbers of features; `tied`: the output layer is the embedding.

    `matrices` of all layers and the number of `other` parameters, where they don't follow from the sizes.
    """

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
    matrices: tuple[Matrix, ...] = ()
    other: int | None = None

    def __post_init__(self) -> None:
        made = tuple(matrix if isinstance(matrix, Matrix) else Matrix(**matrix) for matrix in self.matrices)
        object.__setattr__(self, "matrices", made)

    @property
    def queries(self) -> int:
        """Features of all query heads together."""
        return self.heads * self.head_dim

    def list_matrices(self) -> tuple[Matrix, ...]:
        """The matrices of all layers."""
        if self.matrices:
            return self.matrices
        return tuple(
            Matrix(f".{'self_attn' if name in ATTENTION_MATRICES else 'mlp'}.{name}", ins, outs, self.layers)
            for name, (ins, outs) in self._list_linears().items()
        )

    def _list_linears(self) -> dict[str, tuple[int, int]]:
        """The matrices of one layer of Llama's architecture by name: features in, features out."""
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
        return sum(matrix.parameters for matrix in self.list_matrices() if not matrix.experts)

    def expert_parameters(self) -> int:
        """Parameters of experts that are one tensor, which stays as it is."""
        return sum(matrix.parameters for matrix in self.list_matrices() if matrix.experts)

    def computed_parameters(self) -> float:
        """Parameters of the matrices that compute for one token: of experts, the active ones."""
        return sum(matrix.computed * matrix.ins * matrix.outs for matrix in self.list_matrices())

    def linear_rows(self) -> int:
        """Rows of all matrices that are quantised."""
        return sum(matrix.count * matrix.outs for matrix in self.list_matrices() if not matrix.experts)

    def other_parameters(self) -> int:
        """Parameters in embedding, output layer and norms: those that keep their precision."""
        if self.other is not None:
            return self.other
        norms = self.layer_norms * self.hidden + (2 * self.head_dim if self.head_norms else 0)
        biases = self.queries + 2 * self.kv_heads * self.head_dim if self.query_bias else 0
        return self.vocab * self.hidden * (1 if self.tied else 2) + self.layers * (norms + biases) + self.hidden

    def parameters(self) -> int:
        """All parameters; a tied output layer counts once."""
        return self.linear_parameters() + self.expert_parameters() + self.other_parameters()

    def lora_parameters(self, rank: int, targets: Sequence[str]) -> int:
        """Parameters of LoRA's two factors on each target: rank * (in + out) (Hu et al. 2021, section 4.1).

        Raises:
            UserError: if a target is no layer of the base.
        """
        return sum(matrix.count * rank * (matrix.ins + matrix.outs) for matrix in self.resolve_targets(targets))

    def resolve_targets(self, targets: Sequence[str]) -> tuple[Matrix, ...]:
        """The matrices that LoRA's targets stand for: ends of full names, or `all-linear`.

        Raises:
            UserError: if a target is no layer of the base.
        """
        linears = [matrix for matrix in self.list_matrices() if not matrix.experts and matrix.active != 0]
        found = {target: [matrix for matrix in linears if _is_target(target, matrix)] for target in targets}
        if unknown := [target for target in targets if not found[target]]:
            names = ", ".join(dict.fromkeys(matrix.name for matrix in linears))
            raise UserError(f"method.targets={unknown}: the base has no such layer; it has {names}")
        return tuple(dict.fromkeys(matrix for matrices in found.values() for matrix in matrices))


def _is_target(target: str, matrix: Matrix) -> bool:
    return matrix.adapted if target == ALL_LINEAR else matrix.path.endswith(f".{target}")


def describe_mismatch(found: Geometry, known: Geometry) -> str | None:
    """What config.json says differently from the published numbers in conf/, or None."""
    names = [field.name for field in fields(Geometry)]
    differing = [name for name in names if getattr(found, name) != getattr(known, name)]
    said = ", ".join(
        name if name == "matrices" else f"{name} {getattr(found, name)} (conf/: {getattr(known, name)})"
        for name in differing
    )
    return f"config.json differs from the geometry in conf/: {said}" if differing else None
