"""The part of a configuration that determines its memory and speed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hackmentor.model.geometry import Geometry

Quantisation = Literal["int8", "nf4", "none"]
Precision = Literal["32-true", "16-mixed", "bf16-mixed", "bf16-true"]
Optimizer = Literal["adamw", "adamw_8bit", "paged_adamw", "paged_adamw_8bit"]


@dataclass(frozen=True)
class TrainingSetup:
    """Model, precision and method of a run. `rank` is None for full fine-tuning; `targets` are LoRA's modules."""

    geometry: Geometry
    quant: Quantisation
    precision: Precision
    rank: int | None
    targets: tuple[str, ...]
    dropout: float
    on_gpu: bool
    mapped_bytes: int = 0
    """Size of a pickled checkpoint, if unquantised weights are used straight from it: on a CPU all of it then stays
    mapped beside the quantised copy. Other files are read tensor by tensor."""
    shards: int | None = None
    """Number of devices over which each weight is sharded; None if each device holds all of them."""
    recomputes: bool = False
    """Whether layers are computed again in the backward pass, so that only their inputs are kept."""
    machine_bytes: int | None = None
    """Memory of the machine whose processor trains: dequantised copies of 8-bit weights are kept where they fit, and
    where it is None."""
    optimizer: Optimizer = "adamw"
    """AdamW's form: `OptimizerSettings.name`."""


def count_trainable_parameters(setup: TrainingSetup) -> int:
    """Number of parameters that the optimizer updates."""
    if setup.rank is None:
        return setup.geometry.parameters()
    return setup.geometry.lora_parameters(setup.rank, setup.targets)


def get_trained_dtype_bytes(precision: Precision) -> int:
    """Bytes of a trained weight, of its gradient and of each of its optimizer moments."""
    return 2 if precision == "bf16-true" else 4


def get_compute_dtype_bytes(precision: Precision) -> int:
    """Bytes of an element that a matrix product reads or writes."""
    return 4 if precision == "32-true" else 2
