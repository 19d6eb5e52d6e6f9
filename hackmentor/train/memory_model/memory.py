"""The peak memory of training, part by part, in bytes.

The peak is at the start of a backward pass: every layer's activations are in memory, and the loss is being
differentiated; or, for short packs, while the base is loaded. What each operation keeps for its backward pass is taken
from the code that trains (transformers' Llama, PEFT's LoRA, bitsandbytes' matrix products,
`hackmentor.model.attention`), not fitted to measurements; `benchmarks/plan_memory.py` compares the sum with measured
runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

from hackmentor.model.chunk_sizes import VOCABULARY_CHUNK, get_logits_per_chunk
from hackmentor.model.cpu.onednn import round_up_rows
from hackmentor.train.memory_model.activations import count_activation_bytes, count_workspace_bytes
from hackmentor.train.memory_model.dequantised import PROCESS_BYTES, keeps_dequantised_copies
from hackmentor.train.memory_model.loading import count_loading_bytes
from hackmentor.train.memory_model.sharding import count_gathered_bytes, get_shard_size
from hackmentor.train.memory_model.training_setup import (
    TrainingSetup,
    count_trainable_parameters,
    get_compute_dtype_bytes,
    get_trained_dtype_bytes,
)
from hackmentor.train.packing import PackSize

# The CUDA context, an assumption, as it depends on the driver.
CUDA_CONTEXT_BYTES = 600_000_000

# Code that oneDNN compiles in half precision: a cache of the last 64 products (`hackmentor.train.train_cell`), 0.33 MB
# each, and for each pack size, never freed, twenty times 0.3 MB (`hackmentor.model.cpu.onednn`).
CACHED_BYTES, COMPILED_BYTES_PER_PACK_SIZE = 21_000_000, 6_000_000

# Allocator overhead beside the activations and the logits, as a share of the activations. On a CPU
# measured: packs of 425 to 680 tokens forward and backward through SmolLM2-135M (quant=none, float32) made the process
# grow by 1.52 times the activations of the largest, under glibc 2.36, which reuses few of the holes that temporary
# tensors leave, configured as in training (`model.cpu.allocator`); it grew no more after the first pack. In half
# precision less is kept, but norms and the loss leave the same holes. On a GPU an assumption about torch's caching
# allocator.
ALLOCATOR_SHARE_CPU, ALLOCATOR_SHARE_GPU = 0.52, 0.05


@dataclass(frozen=True)
class MemoryEstimate:
    """Bytes by part. The field names are those of the JSON output."""

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
    loading: int = 0
    """What loading the base takes beyond all of the above."""

    @property
    def total(self) -> int:
        """The sum of all parts: the peak."""
        return sum(self.parts().values())

    def parts(self) -> dict[str, int]:
        """Bytes by the name of the part."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def compute_memory(
    setup: TrainingSetup, pack: PackSize, *, pack_sizes: int = 1, accumulates: bool = True
) -> MemoryEstimate:
    """Estimates the memory at a pack of this size; `pack_sizes` is the number of different sizes that packs have.

    If a step `accumulates` the gradients of several packs, they coexist with the next pack's activations. Otherwise
    they are created as activations are freed, and only what exceeds the size of those counts.
    """
    trainable, adapter = count_trainable_parameters(setup), setup.rank is not None
    trained_bytes, shards = trainable * get_trained_dtype_bytes(setup.precision), setup.shards
    quantised, other = (get_shard_size(size, shards) for size in count_weight_bytes(setup))
    logits = _count_loss_bytes(setup, pack.trained_tokens)
    kept_for_backward = count_activation_bytes(setup, pack)
    allocator = _count_allocator_bytes(setup, pack, kept_for_backward)
    freed = 0 if accumulates else kept_for_backward + logits + allocator
    return MemoryEstimate(
        quantised_weights=quantised,
        other_weights=other,
        mapped_file=0 if setup.on_gpu or setup.quant == "none" else setup.mapped_bytes,
        adapter=get_shard_size(trained_bytes, shards) if adapter else 0,
        gradients=max(0, get_shard_size(trained_bytes, shards) - freed),
        optimizer=_count_moment_bytes(setup, trainable),
        activations=kept_for_backward,
        logits=logits,
        # The logits are freed before the last layer is differentiated: only what exceeds their size counts.
        workspace=max(0, count_workspace_bytes(setup, pack.tokens) - logits),
        gathered=_count_unsharded_bytes(setup) if shards else 0,
        allocator=allocator,
        framework=_count_framework_bytes(setup, pack_sizes),
    )


def _count_moment_bytes(setup: TrainingSetup, trainable: int) -> int:
    """Bytes of AdamW's two moments (Loshchilov & Hutter 2019) on a device.

    In 8 bit (Dettmers et al. 2022) each has a float32 for a block of 256. Paged ones move to host memory where the
    GPU's is short, so that they take no room that something else needs.
    """
    if setup.optimizer.startswith("paged") and setup.on_gpu:
        return 0
    if setup.optimizer.endswith("8bit"):
        return 2 * (trainable + 4 * (trainable // 256))
    return 2 * get_shard_size(trainable * get_trained_dtype_bytes(setup.precision), setup.shards)


def _count_framework_bytes(setup: TrainingSetup, pack_sizes: int) -> int:
    """Bytes of a process, or of a CUDA context, without a model."""
    if setup.on_gpu:
        return CUDA_CONTEXT_BYTES
    compiled = 0 if setup.precision == "32-true" else CACHED_BYTES + pack_sizes * COMPILED_BYTES_PER_PACK_SIZE
    return PROCESS_BYTES + compiled


def _count_unsharded_bytes(setup: TrainingSetup) -> int:
    """Bytes of sharded weights that are temporarily whole on each device."""
    trained = get_trained_dtype_bytes(setup.precision) if setup.rank is None else None
    return count_gathered_bytes(
        setup.geometry, compute_bytes=get_compute_dtype_bytes(setup.precision), trained_bytes=trained
    )


def _count_allocator_bytes(setup: TrainingSetup, pack: PackSize, kept_for_backward: int) -> int:
    """Bytes of allocator overhead beside the activations."""
    if setup.on_gpu:
        return round(ALLOCATOR_SHARE_GPU * kept_for_backward)
    return round(ALLOCATOR_SHARE_CPU * count_activation_bytes(replace(setup, precision="32-true"), pack))


def _count_loss_bytes(setup: TrainingSetup, trained_tokens: int) -> int:
    """Bytes of the loss of this many tokens: logits of a chunk of them, and the gradient of all hidden states.

    In half precision the exponentials are there in float32 too: on a GPU those of all logits, on a CPU those of a
    part of the vocabulary, and once more before they replace the logits.
    A trained head has its gradient twice: accumulating here, and in `gradients`, as the backward pass returns it.
    """
    vocab, element_bytes = setup.geometry.vocab, get_compute_dtype_bytes(setup.precision)
    rows = min(trained_tokens, max(1, get_logits_per_chunk("cuda" if setup.on_gpu else "cpu") // vocab))
    float32_copy = vocab * 4 if setup.on_gpu else min(VOCABULARY_CHUNK, vocab) * (4 + element_bytes)
    exponentials = float32_copy if element_bytes < 4 else 0
    head = vocab * setup.geometry.hidden * get_trained_dtype_bytes(setup.precision) if setup.rank is None else 0
    return rows * (vocab * element_bytes + exponentials) + trained_tokens * setup.geometry.hidden * element_bytes + head


def count_weight_bytes(setup: TrainingSetup) -> tuple[int, int]:
    """Bytes of the matrices of the layers, and of all other weights, which are never quantised.

    int8 (Dettmers et al. 2022): a byte per weight and a float32 scale per row; on a CPU training multiplies with a
    copy in full precision, which is kept where there is room (`hackmentor.model.dequantise`). nf4 with double
    quantisation (Dettmers et al. 2023): half a byte, a byte per block of 64, a float32 per 256 blocks.
    """
    geometry = setup.geometry
    frozen = setup.rank is not None
    element_bytes = get_compute_dtype_bytes(setup.precision) if frozen else get_trained_dtype_bytes(setup.precision)
    matrices, rows = geometry.linear_parameters(), geometry.linear_rows()
    size = {
        "int8": matrices + 4 * rows + (matrices * element_bytes if keeps_dequantised_copies(setup) else 0),
        "nf4": matrices // 2 + matrices // 64 + 4 * (matrices // (64 * 256)),
        "none": matrices * element_bytes,
    }
    # Mixed precision keeps a half-precision copy of each trained matrix until the pass is over, unless sharded.
    copies = 2 * matrices if not (frozen or setup.shards) and setup.precision.endswith("mixed") else 0
    # Experts in one tensor are not quantised either.
    return size[setup.quant] + copies, (geometry.other_parameters() + geometry.expert_parameters()) * element_bytes


def compute_peak_memory(setup: TrainingSetup, packs: Sequence[PackSize], *, accumulates: bool = True) -> MemoryEstimate:
    """Estimates the memory at the pack that needs the most, or while the base is loaded, if that takes more."""
    pack_sizes = len({round_up_rows(pack.tokens) for pack in packs})
    estimates = (compute_memory(setup, pack, pack_sizes=pack_sizes, accumulates=accumulates) for pack in set(packs))
    peak = max(estimates, key=lambda estimate: estimate.total)
    # Copies that are dequantised for their products come later, as they do not exist on a GPU.
    as_loaded = sum(get_shard_size(size, setup.shards) for size in count_weight_bytes(replace(setup, on_gpu=True)))
    return replace(peak, loading=max(0, peak.framework + count_loading_bytes(setup, as_loaded) - peak.total))
