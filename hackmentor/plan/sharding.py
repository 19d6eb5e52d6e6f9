"""What sharding over devices (trainer.strategy=fsdp) leaves to each of them, in bytes."""

from __future__ import annotations

from hackmentor.model.geometry import Geometry

# Gathered at a time: the layer that computes, the one fetched ahead of it, and the buffer that a layer comes in. Read
# off torch's FSDP2, not measured.
_LAYERS_AT_ONCE = 3


def spread(size: int, shards: int | None) -> int:
    """A device's part of so many bytes; None is all of them."""
    return -(-size // (shards or 1))


def gathered(geometry: Geometry, *, computed: int, trained: int | None) -> int:
    """What a device has whole while it computes: some layers, and all that is in no layer.

    Args:
        geometry: of the base.
        computed: bytes of a number in a matrix product.
        trained: bytes of a trained weight; None where the base is frozen. Trained, each gradient is whole before it is
            summed over devices, in 32 bit.
    """
    layer, outside = geometry.linear_parameters() // geometry.layers, geometry.other_parameters()
    whole = _LAYERS_AT_ONCE * layer * computed + outside * (trained or computed)
    return whole if trained is None else whole + layer * (computed + 4) + outside * trained
