"""What one pack's forward pass keeps for its backward pass, and what comes and goes in that, in bytes."""

from __future__ import annotations

from hackmentor.plan.training_setup import Setting, computed_bytes, trained_bytes
from hackmentor.train.packing import PackSize


def activations(setting: Setting, pack: PackSize) -> int:
    """Bytes that the forward pass of a pack keeps for the backward pass, in all layers. No score matrix is among them.

    A layer keeps, a token: the inputs of its norms; queries, keys, values and what attention returns, of a beginning
    that records share once for each; in the MLP gate and the other factor, with autograd's gradients the gate's SiLU
    too; and the inputs of matrices that need them.
    """
    geometry, each = setting.geometry, computed_bytes(setting.precision)
    normed = 2 * geometry.hidden + (geometry.queries + geometry.kv_heads * geometry.head_dim) * geometry.head_norms
    norms = normed * _norm_bytes(setting)
    attention = 2 * (geometry.queries + geometry.kv_heads * geometry.head_dim) * (each if setting.on_gpu else 4)
    gated = (2 if _own_gradients(setting) else 3) * geometry.intermediate * each
    layer = norms + attention + gated + _inputs(setting)
    # Beside the layers: the input of the last norm, and the angles of the rotary embedding.
    outside = geometry.hidden * 4 + 2 * geometry.head_dim * each
    return pack.tokens * (geometry.layers * layer + outside) + pack.repeated * geometry.layers * attention


def _own_gradients(setting: Setting) -> bool:
    """Whether norms, gated MLPs and LoRA have gradients of their own (`hackmentor.model.cpu.fused`)."""
    return not setting.on_gpu and not setting.shards


def _norm_bytes(setting: Setting) -> int:
    """Bytes a feature that a norm keeps.

    Norms are computed in float32: under half precision they keep a copy in it, unless their gradients are our own. A
    trained norm keeps its output too.
    """
    if setting.rank is None:
        return 4 + trained_bytes(setting.precision)
    return computed_bytes(setting.precision) if _own_gradients(setting) else 4


def _inputs(setting: Setting) -> int:
    """Bytes a token that one layer keeps of the inputs of its matrices."""
    linears, each = setting.geometry.linears(), computed_bytes(setting.precision)
    # Matrices that read the same tensor share it.
    readers = (("q_proj", "k_proj", "v_proj"), ("o_proj",), ("gate_proj", "up_proj"), ("down_proj",))
    adapted = set(setting.targets) if setting.rank is not None else set()
    # LoRA's factors get the very input, unless dropout makes another one of it, or PEFT one in their own precision.
    copied = setting.dropout > 0 or (setting.precision.endswith("mixed") and not _own_gradients(setting))
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
    """Bytes a feature of a dropout mask: booleans on a GPU; on a processor factors, of the type of what is thinned."""
    if setting.dropout == 0:
        return 0
    if setting.on_gpu:
        return 1
    return computed_bytes(setting.precision) if _own_gradients(setting) else 4


def workspace(setting: Setting, tokens: int) -> int:
    """Bytes that come and go while one layer is differentiated: gradients in its MLP, one matrix dequantised."""
    geometry, each = setting.geometry, computed_bytes(setting.precision)
    gradients = tokens * (3 * geometry.intermediate + 2 * geometry.hidden) * each
    largest = max(ins * outs for ins, outs in geometry.linears().values())
    dequantises = setting.quant == "nf4" or (setting.quant == "int8" and setting.on_gpu)
    return gradients + (largest * each if dequantises else 0)
