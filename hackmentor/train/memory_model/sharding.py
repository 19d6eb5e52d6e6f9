"""Memory of each device, in bytes, when weights are sharded over devices (trainer.strategy=fsdp)."""

from __future__ import annotations

from hackmentor.model.geometry import Geometry

# Gathered at a time: the computing layer, the prefetched one, and the buffer of an all-gather. Taken from the code of
# torch's FSDP2, not measured.
_GATHERED_LAYERS = 3


def get_shard_size(size: int, shards: int | None) -> int:
    """The share of `size` bytes that each device holds; all of them if `shards` is None."""
    return -(-size // (shards or 1))


def count_gathered_bytes(geometry: Geometry, *, compute_bytes: int, trained_bytes: int | None) -> int:
    """Bytes of unsharded weights that a device holds while it computes: some layers, and all weights outside layers.

    Args:
        geometry: of the base.
        compute_bytes: bytes of an element in a matrix product.
        trained_bytes: bytes of a trained weight; None if the base is frozen. If it is trained, each gradient is whole,
            in 32 bit, before it is reduced over the devices.
    """
    layer = (geometry.linear_parameters() + geometry.expert_parameters()) // geometry.layers
    outside = geometry.other_parameters()
    whole = _GATHERED_LAYERS * layer * compute_bytes + outside * (trained_bytes or compute_bytes)
    return whole if trained_bytes is None else whole + layer * (compute_bytes + 4) + outside * trained_bytes
