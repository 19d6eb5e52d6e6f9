"""Whether a cell fits its device with all activations in memory, by the memory model: for training and for `plan`."""

from __future__ import annotations

from dataclasses import replace

from hackmentor.config.schema import Config, LoraSettings
from hackmentor.model.geometry import Geometry
from hackmentor.train.memory_model.memory import compute_memory
from hackmentor.train.memory_model.training_setup import Precision, TrainingSetup
from hackmentor.train.packing import PackSize

# Of a device's memory, what a plan may take and still count as fitting well: no estimate is more exact.
MAX_MEMORY_SHARE = 0.9


def build_training_setup(
    config: Config,
    geometry: Geometry,
    precision: Precision,
    *,
    on_gpu: bool,
    memory: int,
    devices: int = 1,
    mapped_bytes: int = 0,
) -> TrainingSetup:
    """What of a cell's configuration its memory depends on, with `train.recompute` as auto leaves it at first: off.

    `memory` are the bytes of the device.
    """
    lora = config.method if isinstance(config.method, LoraSettings) else None
    return TrainingSetup(
        geometry=geometry,
        quant=config.quant.name,
        precision=precision,
        rank=lora.rank if lora else None,
        targets=tuple(lora.targets) if lora else (),
        dropout=lora.dropout if lora else 0.0,
        on_gpu=on_gpu,
        mapped_bytes=mapped_bytes,
        shards=devices if config.trainer.strategy == "fsdp" else None,
        recomputes=config.train.recompute == "layers",
        machine_bytes=None if on_gpu else memory,
        optimizer=config.optimizer.name,
    )


def choose_recomputation(setup: TrainingSetup, micro_batch_tokens: int, memory: int) -> TrainingSetup:
    """The setup with recomputation, if a full pack of trained tokens does not fit well into `memory` bytes without."""
    total = compute_memory(setup, PackSize(micro_batch_tokens, micro_batch_tokens)).total
    return replace(setup, recomputes=setup.recomputes or total > MAX_MEMORY_SHARE * memory)
