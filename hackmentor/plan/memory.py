"""How much memory training takes at its peak, part by part, in bytes.

The peak is at the beginning of a backward pass: every layer's activations are there, and the loss is being
differentiated. What each operation keeps for its backward pass is read off the code that trains (transformers' Llama,
PEFT's LoRA, bitsandbytes' matrix products, `hackmentor.model.attention`), not fitted to measurements;
`benchmarks/plan_memory.py` compares the sum with measured runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

from hackmentor.model.cpu.onednn import rounded_up
from hackmentor.plan.activations import activations, workspace
from hackmentor.plan.sharding import gathered, spread
from hackmentor.plan.training_setup import Setting, computed_bytes, trainable_parameters, trained_bytes
from hackmentor.train.packing import PackSize

# On a processor: Python, torch, transformers, Lightning and the rest, measured as the peak of a cell whose base is the
# two layers of tests/conftest.py (662 to 668 MB), less what that model takes. On a GPU: the CUDA context, an
# assumption, for it depends on the driver.
PROCESS_BYTES, CUDA_CONTEXT_BYTES = 670_000_000, 600_000_000

# What oneDNN compiles in half precision: what it keeps of the last 64 products (`hackmentor.train.train_cell`), 0.33 MB
# each, and for each size of a pack, for good, twenty times 0.3 MB (`hackmentor.model.cpu.onednn`).
CACHED_BYTES, COMPILED_BYTES_A_SIZE = 21_000_000, 6_000_000

# What the allocator holds beside the activations and the logits, as a share of the activations. On a processor
# measured: packs of 425 to 680 tokens forward and backward through SmolLM2-135M (quant=none, float32) made the process
# grow by 1.52 times what the largest kept, under glibc 2.36, which reuses few of the holes that intermediate results
# leave, and as training sets it (`model.cpu.allocator`); it grew no more after the first pack. In half precision less
# is kept, but norms and the loss leave the same holes. On a GPU an assumption about torch's caching allocator.
ALLOCATOR_SHARE_CPU, ALLOCATOR_SHARE_GPU = 0.52, 0.05

# As many logits as `hackmentor.train.loss` makes at a time, and of how many words it takes the exponentials at once.
_LOGITS_AT_ONCE_CPU, _LOGITS_AT_ONCE_GPU, _WORDS = 2**24, 2**26, 8192


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


def memory(setting: Setting, pack: PackSize, *, sizes: int = 1, accumulates: bool = True) -> Memory:
    """The peak with a pack of this size, where packs have so many sizes.

    Where a step `accumulates` the gradients of several packs, they are there when the next one's activations are. Else
    they come as the activations go, and only what they need beyond the room of these counts.
    """
    trainable, adapter = trainable_parameters(setting), setting.rank is not None
    kept, shards = trainable * trained_bytes(setting.precision), setting.shards
    quantised, other = (spread(size, shards) for size in weights(setting))
    logits = _loss(setting, pack.trained_tokens)
    kept_for_backward = activations(setting, pack)
    holes = _holes(setting, pack, kept_for_backward)
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
        workspace=max(0, workspace(setting, pack.tokens) - logits),
        gathered=_gathered(setting) if shards else 0,
        allocator=holes,
        framework=_framework(setting, sizes),
    )


def _framework(setting: Setting, sizes: int) -> int:
    """Bytes of a process, or of a CUDA context, with next to no model."""
    if setting.on_gpu:
        return CUDA_CONTEXT_BYTES
    compiled = 0 if setting.precision == "32-true" else CACHED_BYTES + sizes * COMPILED_BYTES_A_SIZE
    return PROCESS_BYTES + compiled


def _gathered(setting: Setting) -> int:
    """Bytes of what is spread over devices and for a moment whole on each."""
    trained = trained_bytes(setting.precision) if setting.rank is None else None
    return gathered(setting.geometry, computed=computed_bytes(setting.precision), trained=trained)


def _holes(setting: Setting, pack: PackSize, kept_for_backward: int) -> int:
    """Bytes that the allocator holds beside the activations."""
    if setting.on_gpu:
        return round(ALLOCATOR_SHARE_GPU * kept_for_backward)
    return round(ALLOCATOR_SHARE_CPU * activations(replace(setting, precision="32-true"), pack))


def _loss(setting: Setting, trained_tokens: int) -> int:
    """Bytes of the loss of so many tokens: the logits of some of them at a time, and the gradient of all.

    In half precision the exponentials of some words are there in float32 too, and once more before they replace logits.
    A trained head has its gradient twice: as it adds up, and as the backward pass hands it on, which counts elsewhere.
    """
    at_once, vocab = _LOGITS_AT_ONCE_GPU if setting.on_gpu else _LOGITS_AT_ONCE_CPU, setting.geometry.vocab
    each = computed_bytes(setting.precision)
    rows = min(trained_tokens, max(1, at_once // vocab))
    exponentials = min(_WORDS, vocab) * (4 + each) if each < 4 else 0
    head = vocab * setting.geometry.hidden * trained_bytes(setting.precision) if setting.rank is None else 0
    return rows * (vocab * each + exponentials) + trained_tokens * setting.geometry.hidden * each + head


def weights(setting: Setting) -> tuple[int, int]:
    """Bytes of the matrices of the layers, and of all other weights, which no quantisation touches.

    int8 (Dettmers et al. 2022): a byte a weight and a float32 scale a row; on a processor training multiplies with a
    copy in full precision (`hackmentor.model.cpu.dequantise`). nf4 with double quantisation (Dettmers et
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


def peak(setting: Setting, packs: Sequence[PackSize], *, accumulates: bool = True) -> Memory:
    """The memory at the pack that needs most."""
    sizes = len({rounded_up(pack.tokens) for pack in packs})
    found = (memory(setting, pack, sizes=sizes, accumulates=accumulates) for pack in set(packs))
    return max(found, key=lambda one: one.total)
