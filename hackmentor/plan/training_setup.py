"""What of a configuration its memory and time depend on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hackmentor.model.geometry import Geometry

Quantisation = Literal["int8", "nf4", "none"]
Precision = Literal["32-true", "16-mixed", "bf16-mixed", "bf16-true"]


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
