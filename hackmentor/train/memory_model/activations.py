"""Bytes of the activations that a forward pass keeps for the backward pass, and of the backward pass's workspace."""

from __future__ import annotations

from hackmentor.model.geometry import Matrix
from hackmentor.train.memory_model.dequantised import keeps_dequantised_copies
from hackmentor.train.memory_model.training_setup import TrainingSetup, get_compute_dtype_bytes, get_trained_dtype_bytes
from hackmentor.train.packing import PackSize

# Matrices that read the same tensor share it.
_READ_TOGETHER = {
    **dict.fromkeys(("q_proj", "k_proj", "v_proj", "qkv_proj"), "queries, keys and values"),
    **dict.fromkeys(("gate_proj", "up_proj", "gate_up_proj"), "gate and up"),
}


def count_activation_bytes(setup: TrainingSetup, pack: PackSize) -> int:
    """Bytes that the forward pass of a pack keeps for the backward pass, in all layers. No attention scores are kept.

    Per token a layer keeps: the inputs of its norms; queries, keys, values and the output of attention (for a prefix
    that records share, once per record); in the MLP the gate and up projections, and with autograd's gradients the
    SiLU of the gate too; and the inputs of the matrices that need them.
    """
    geometry, element_bytes = setup.geometry, get_compute_dtype_bytes(setup.precision)
    norm_inputs = 2 * geometry.hidden + (geometry.queries + geometry.kv_heads * geometry.head_dim) * geometry.head_norms
    norms = norm_inputs * _count_norm_bytes(setup)
    attention = 2 * (geometry.queries + geometry.kv_heads * geometry.head_dim) * (element_bytes if setup.on_gpu else 4)
    gated = (2 if _uses_fused_backward(setup) else 3) * geometry.intermediate * element_bytes
    layer = norms + attention + gated + _count_matrix_input_bytes(setup)
    # Beside the layers: what the last norm keeps, and the angles of the rotary embedding.
    last_norm = 4 if setup.rank is not None else _count_norm_bytes(setup)
    outside = geometry.hidden * last_norm + 2 * geometry.head_dim * element_bytes
    if not setup.recomputes:
        return pack.tokens * (geometry.layers * layer + outside) + pack.repeated * geometry.layers * attention
    # Each layer's input, and while one layer is differentiated, all that this one keeps.
    inputs = geometry.layers * geometry.hidden * _count_residual_bytes(setup)
    return pack.tokens * (inputs + layer + outside) + pack.repeated * attention


def _count_residual_bytes(setup: TrainingSetup) -> int:
    """Bytes of an element of what layers add to: of the embedding's type."""
    get_bytes = get_trained_dtype_bytes if setup.rank is None else get_compute_dtype_bytes
    return get_bytes(setup.precision)


def _uses_fused_backward(setup: TrainingSetup) -> bool:
    """Whether norms, gated MLPs and LoRA use hand-written backward passes (`hackmentor.model.cpu.fused`)."""
    return not setup.on_gpu and not setup.shards


def _count_norm_bytes(setup: TrainingSetup) -> int:
    """Bytes per feature that a norm keeps.

    Norms are computed in float32: in half precision they keep a float32 copy, unless their backward pass is fused. A
    trained norm keeps its output too.
    """
    if setup.rank is None:
        return 4 + get_trained_dtype_bytes(setup.precision)
    return get_compute_dtype_bytes(setup.precision) if _uses_fused_backward(setup) else 4


def _count_matrix_input_bytes(setup: TrainingSetup) -> int:
    """Bytes per token that one layer keeps of the inputs of its matrices."""
    element_bytes = get_compute_dtype_bytes(setup.precision)
    readers: dict[tuple[str, int], list[Matrix]] = {}
    for matrix in setup.geometry.list_matrices():
        readers.setdefault((_READ_TOGETHER.get(matrix.name, matrix.path), matrix.ins), []).append(matrix)
    adapted = set(setup.geometry.resolve_targets(setup.targets)) if setup.rank is not None else set()
    # LoRA's factors share the input of their matrix, unless dropout, or PEFT's cast to their precision, makes a copy.
    lora_copies_input = setup.dropout > 0 or (setup.precision.endswith("mixed") and not _uses_fused_backward(setup))
    keeps_input = setup.rank is None
    kept = 0.0
    for (_, in_features), matrices in readers.items():
        # How many of them a layer has that compute, on average.
        share = max(matrix.computed for matrix in matrices) / setup.geometry.layers
        targets = len(adapted.intersection(matrices))
        # A fully trained model's activations are float32: mixed precision makes a half-precision copy for each matrix.
        copies = len(matrices) if setup.rank is None and setup.precision.endswith("mixed") else 1
        own = copies * in_features * element_bytes if keeps_input or (targets and not lora_copies_input) else 0
        own += targets * in_features * (element_bytes + _count_dropout_mask_bytes(setup)) if lora_copies_input else 0
        own += targets * (setup.rank or 0) * element_bytes
        kept += share * own
    return round(kept)


def _count_dropout_mask_bytes(setup: TrainingSetup) -> int:
    """Bytes per feature of a dropout mask: booleans on a GPU; on a CPU scale factors, in the dtype of the input."""
    if setup.dropout == 0:
        return 0
    if setup.on_gpu:
        return 1
    return get_compute_dtype_bytes(setup.precision) if _uses_fused_backward(setup) else 4


def count_workspace_bytes(setup: TrainingSetup, tokens: int) -> int:
    """Temporary bytes of the backward pass of one layer: the gradients in its MLP, and one dequantised matrix."""
    geometry, element_bytes = setup.geometry, get_compute_dtype_bytes(setup.precision)
    gradients = tokens * (3 * geometry.intermediate + 2 * geometry.hidden) * element_bytes
    largest = max(matrix.ins * matrix.outs for matrix in geometry.list_matrices() if not matrix.experts)
    dequantises = setup.quant == "nf4" or (setup.quant == "int8" and not keeps_dequantised_copies(setup))
    return gradients + (largest * element_bytes if dequantises else 0)
