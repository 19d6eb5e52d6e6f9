"""How much memory training takes at its peak, part by part, in bytes.

The peak is at the beginning of a backward pass: every layer's activations are there, and the loss is being
differentiated. What each operation keeps for its backward pass is read off the code that trains (transformers' Llama,
PEFT's LoRA, bitsandbytes' matrix products, `hackmentor.model.attention`), not fitted to measurements;
`benchmarks/plan_memory.py` compares the sum with measured runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Literal

from hackmentor.plan.geometry import Geometry
from hackmentor.plan.sharding import gathered, spread

Quantisation = Literal["int8", "nf4", "none"]
Precision = Literal["32-true", "16-mixed", "bf16-mixed", "bf16-true"]

# On a processor: Python, torch, transformers, Lightning and the rest, measured as the peak of a cell whose base is the
# two layers of tests/conftest.py (662 to 668 MB; in bf16, whose products oneDNN compiles, 710 to 713), less what that
# model takes. On a GPU: the CUDA context, an assumption, for it depends on the driver.
PROCESS_BYTES, COMPILED_BYTES = 670_000_000, 45_000_000
CUDA_CONTEXT_BYTES = 600_000_000

# What the allocator holds beside the activations and the logits, as a share of the activations. On a processor
# measured: packs of 425 to 680 tokens forward and backward through SmolLM2-135M (quant=none, float32) made the process
# grow by 1.52 times what the largest kept, under glibc 2.36, which reuses few of the holes that intermediate results
# leave, and as training sets it (`hackmentor.model.heap`); it grew no more after the first pack. In half precision less
# is kept, but norms and the loss leave the same holes. On a GPU an assumption about torch's caching allocator.
ALLOCATOR_SHARE_CPU, ALLOCATOR_SHARE_GPU = 0.52, 0.05

# Logits, log-softmax and its copy in float32, of as many logits as `hackmentor.train.loss` makes at a time.
_LOSS_BYTES = 3 * 4
_LOGITS_AT_ONCE_CPU, _LOGITS_AT_ONCE_GPU = 2**23, 2**26


@dataclass(frozen=True)
class Setting:
    """What of a configuration memory depends on. `rank` is None for full fine-tuning; `targets` are those of LoRA."""

    geometry: Geometry
    quant: Quantisation
    precision: Precision
    rank: int | None
    targets: tuple[str, ...]
    dropout: float
    on_gpu: bool
    mapped_bytes: int = 0
    """Of the checkpoint, where weights that are not quantised are used straight from its file: on a processor it then
    stays mapped, whole, beside the quantised copy."""
    shards: int | None = None
    """Over how many devices each weight is spread; None where each device has them all."""


@dataclass(frozen=True)
class Memory:
    """Bytes by part."""

    quantised_weights: int
    other_weights: int
    mapped_file: int
    adapter: int
    gradients: int
    optimizer: int
    activations: int
    logits: int
    workspace: int
    gathered: int
    allocator: int
    framework: int

    @property
    def total(self) -> int:
        """All parts together: the peak."""
        return sum(self.parts().values())

    def parts(self) -> dict[str, int]:
        """Bytes by the name of the part."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def memory(setting: Setting, tokens: int, trained_tokens: int, *, accumulates: bool = True) -> Memory:
    """The peak with a pack of so many tokens, of which so many have a loss.

    Where a step `accumulates` the gradients of several packs, they are there when the next one's activations are. Else
    they come as the activations go, and only what they need beyond the room of these counts.
    """
    trainable, adapter = trainable_parameters(setting), setting.rank is not None
    kept, shards = trainable * trained_bytes(setting.precision), setting.shards
    quantised, other = (spread(size, shards) for size in weights(setting))
    logits = _loss(setting, trained_tokens)
    kept_for_backward = activations(setting, tokens)
    holes = _holes(setting, tokens, kept_for_backward)
    room = 0 if accumulates else kept_for_backward + logits + holes
    return Memory(
        quantised_weights=quantised,
        other_weights=other,
        mapped_file=0 if setting.on_gpu or setting.quant == "none" else setting.mapped_bytes,
        adapter=spread(kept, shards) if adapter else 0,
        gradients=max(0, spread(kept, shards) - room),
        optimizer=2 * spread(kept, shards),  # AdamW's two moments (Loshchilov & Hutter 2019)
        activations=kept_for_backward,
        logits=logits,
        # The logits are gone when the last layer is differentiated: only what it needs beyond their room counts.
        workspace=max(0, workspace(setting, tokens) - logits),
        gathered=_gathered(setting) if shards else 0,
        allocator=holes,
        framework=_framework(setting),
    )


def _framework(setting: Setting) -> int:
    """Bytes of a process, or of a CUDA context, with next to no model."""
    if setting.on_gpu:
        return CUDA_CONTEXT_BYTES
    return PROCESS_BYTES + (0 if setting.precision == "32-true" else COMPILED_BYTES)


def _gathered(setting: Setting) -> int:
    """Bytes of what is spread over devices and for a moment whole on each."""
    trained = trained_bytes(setting.precision) if setting.rank is None else None
    return gathered(setting.geometry, computed=computed_bytes(setting.precision), trained=trained)


def _holes(setting: Setting, tokens: int, kept_for_backward: int) -> int:
    """Bytes that the allocator holds beside the activations."""
    if setting.on_gpu:
        return round(ALLOCATOR_SHARE_GPU * kept_for_backward)
    return round(ALLOCATOR_SHARE_CPU * activations(replace(setting, precision="32-true"), tokens))


def _loss(setting: Setting, trained_tokens: int) -> int:
    """Bytes of the loss of so many tokens: the logits of some of them at a time, and the gradient of all."""
    at_once = _LOGITS_AT_ONCE_GPU if setting.on_gpu else _LOGITS_AT_ONCE_CPU
    logits = min(trained_tokens * setting.geometry.vocab, max(at_once, setting.geometry.vocab))
    return logits * _LOSS_BYTES + trained_tokens * setting.geometry.hidden * computed_bytes(setting.precision)


def trainable_parameters(setting: Setting) -> int:
    """How many numbers the optimizer moves."""
    if setting.rank is None:
        return setting.geometry.parameters()
    return setting.geometry.lora_parameters(setting.rank, setting.targets)


def trained_bytes(precision: Precision) -> int:
    """Bytes of a trained weight, of its gradient and of each of its moments."""
    return 2 if precision == "bf16-true" else 4


def computed_bytes(precision: Precision) -> int:
    """Bytes of a number that a matrix product reads or writes."""
    return 4 if precision == "32-true" else 2


def weights(setting: Setting) -> tuple[int, int]:
    """Bytes of the matrices of the layers, and of all other weights, which no quantisation touches.

    int8 (Dettmers et al. 2022): a byte a weight and a float32 scale a row; on a processor training multiplies with a
    copy in full precision (`hackmentor.model.dequantise`). nf4 with double quantisation (Dettmers et
    al. 2023): half a byte, a byte a block of 64, a float32 each 256 blocks.
    """
    geometry = setting.geometry
    frozen = setting.rank is not None
    each = computed_bytes(setting.precision) if frozen else trained_bytes(setting.precision)
    matrices, rows = geometry.linear_parameters(), geometry.layers * sum(out for _, out in geometry.linears().values())
    size = {
        "int8": matrices + 4 * rows + (0 if setting.on_gpu else matrices * each),
        "nf4": matrices // 2 + matrices // 64 + 4 * (matrices // (64 * 256)),
        "none": matrices * each,
    }
    # Mixed precision keeps a copy of each trained matrix in half precision until the pass is over, unless sharded.
    copies = 2 * matrices if not (frozen or setting.shards) and setting.precision.endswith("mixed") else 0
    return size[setting.quant] + copies, geometry.other_parameters() * each


def activations(setting: Setting, tokens: int) -> int:
    """Bytes that the forward pass of a pack keeps for the backward pass, in all layers. No score matrix is among them.

    A layer keeps, a token: the inputs of its norms; queries, keys, values and what attention returns; in the
    MLP gate, its SiLU and the other factor; and the
    inputs of matrices that need them.
    """
    geometry, each = setting.geometry, computed_bytes(setting.precision)
    trains_all = setting.rank is None
    # Norms are computed in float32: under half precision they keep a copy in it. A trained norm keeps its output too.
    normed = 2 * geometry.hidden + (geometry.queries + geometry.kv_heads * geometry.head_dim) * geometry.head_norms
    norms = normed * (4 + (trained_bytes(setting.precision) if trains_all else 0))
    attention = 2 * (geometry.queries + geometry.kv_heads * geometry.head_dim) * each
    gated = 3 * geometry.intermediate * each
    layer = norms + attention + gated + _inputs(setting)
    # Beside the layers: the input of the last norm, and the angles of the rotary embedding.
    return tokens * (geometry.layers * layer + geometry.hidden * 4 + 2 * geometry.head_dim * each)


def _inputs(setting: Setting) -> int:
    """Bytes a token that one layer keeps of the inputs of its matrices."""
    linears, each = setting.geometry.linears(), computed_bytes(setting.precision)
    # Matrices that read the same tensor share it.
    readers = (("q_proj", "k_proj", "v_proj"), ("o_proj",), ("gate_proj", "up_proj"), ("down_proj",))
    adapted = set(setting.targets) if setting.rank is not None else set()
    # PEFT hands its factors the very input, where it has their precision and no dropout makes another one of it.
    copied = setting.dropout > 0 or setting.precision.endswith("mixed")
    # bitsandbytes' int8 product keeps its input, though a frozen matrix needs none (0.50, autograd/_functions.py).
    # On a processor the product is a plain one, with a dequantised copy.
    whole = setting.rank is None or (setting.quant == "int8" and setting.on_gpu)
    kept = 0
    for names in readers:
        ins, targets = linears[names[0]][0], len(adapted.intersection(names))
        # Mixed precision makes a copy in half of it for each matrix that reads a trained model's float32.
        copies = len(names) if setting.rank is None and setting.precision.endswith("mixed") else 1
        kept += copies * ins * each if whole or (targets and not copied) else 0
        kept += targets * ins * (each + _mask_bytes(setting)) if copied else 0
        kept += targets * (setting.rank or 0) * each
    return kept


def _mask_bytes(setting: Setting) -> int:
    """Bytes a feature of a dropout mask: booleans on a GPU, factors on a processor."""
    return (1 if setting.on_gpu else 4) if setting.dropout > 0 else 0


def workspace(setting: Setting, tokens: int) -> int:
    """Bytes that come and go while one layer is differentiated: gradients in its MLP, one matrix dequantised."""
    geometry, each = setting.geometry, computed_bytes(setting.precision)
    gradients = tokens * (3 * geometry.intermediate + 2 * geometry.hidden) * each
    largest = max(ins * outs for ins, outs in geometry.linears().values())
    dequantises = setting.quant == "nf4" or (setting.quant == "int8" and setting.on_gpu)
    return gradients + (largest * each if dequantises else 0)


def peak(setting: Setting, packs: Sequence[tuple[int, int]], *, accumulates: bool = True) -> Memory:
    """The memory at the pack that needs most. `packs`: tokens and trained tokens of each."""
    found = (memory(setting, *pack, accumulates=accumulates) for pack in set(packs))
    return max(found, key=lambda one: one.total)
