"""The device that a cell is planned for: this machine, or one of devices.yaml. Needs neither torch nor CUDA."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from hackmentor.config.error_messages import suggest_nearest
from hackmentor.model.cpu.processor import has_amx, has_fast_bf16
from hackmentor.runtime.errors import UserError
from hackmentor.train.memory_model.device_memory import read_machine_memory
from hackmentor.train.memory_model.training_setup import Precision

GIB = 1024**3
_TABLE = Path(__file__).with_name("devices.yaml")
# Measured speedup of a whole training step in bf16 over float32, on a CPU with AMX and on AMD's Zen 4: see
# benchmarks/results/train_throughput.md. Matrix products alone gain more, but a step has other parts.
_BF16_GAIN_AMX, _BF16_GAIN_AMD = 2.2, 1.5


@dataclass(frozen=True)
class Device:
    """One device: memory in bytes, peak of matrix products in half and single precision in FLOP/s (None: not known).

    `bf16` is whether it has fast bfloat16. The field names are those of the JSON output.
    """

    name: str
    memory: int
    half: float | None
    single: float | None
    bf16: bool
    on_gpu: bool
    source: str

    def resolve_precision(self, requested: str) -> Precision:
        """Lightning\'s precision on this device, by the rule of `hackmentor.model.device.resolve_precision`."""
        if requested != "auto":
            return requested  # type: ignore[return-value]
        if self.bf16:
            return "bf16-mixed"
        return "16-mixed" if self.on_gpu else "32-true"

    def get_peak_flops(self, precision: Precision) -> float | None:
        """Peak FLOP/s in a precision; None if not known."""
        return self.single if precision == "32-true" else self.half


def resolve_device(name: str, accelerator: str) -> Device:
    """Returns the device of that name; `auto` is what training with this accelerator would use on this machine.

    Raises:
        UserError: if there is no such device.
    """
    if name == "cpu" or (name == "auto" and accelerator == "cpu"):
        return measure_cpu()
    if name != "auto":
        return _build_named_device(name)
    return _detect_gpu() or measure_cpu()


@lru_cache(maxsize=1)
def load_device_table() -> Mapping[str, Mapping[str, Any]]:
    """Loads the known devices, by name."""
    return dict(yaml.safe_load(_TABLE.read_text(encoding="utf-8")))


def _build_named_device(name: str) -> Device:
    table = load_device_table()
    if name not in table:
        raise UserError(f"plan.device={name}: no such device; {suggest_nearest(name, ['auto', 'cpu', *table])}")
    return _build_gpu(name, table[name], int(table[name]["memory"] * GIB))


def _build_gpu(name: str, entry: Mapping[str, Any], memory: int) -> Device:
    return Device(
        name, memory, entry["half"] * 1e12, entry["single"] * 1e12, entry["bf16"], on_gpu=True, source=entry["source"]
    )


@lru_cache(maxsize=1)
def _detect_gpu() -> Device | None:
    """The first GPU that nvidia-smi lists; None if there is none."""
    if (program := shutil.which("nvidia-smi")) is None:
        return None
    command = [program, "--query-gpu=name,memory.total", "--format=csv,noheader,nounits"]
    lines = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip().splitlines()
    if not lines:
        return None
    name, _, mebibytes = lines[0].rpartition(", ")
    memory = int(mebibytes) * 1024**2
    # The driver calls an h100-80gb "NVIDIA H100 80GB HBM3": each part of our name occurs in its name.
    matches = [known for known in load_device_table() if all(part in name.lower() for part in known.split("-"))]
    if not matches:
        return Device(
            name, memory, None, None, bf16=True, on_gpu=True, source="nvidia-smi; its speed is not known here"
        )
    return _build_gpu(name, load_device_table()[max(matches, key=len)], memory)


@lru_cache(maxsize=1)
def measure_cpu() -> Device:
    """This machine's CPU and memory; its speed is that of a float32 matrix product, measured by this call."""
    speed, bf16 = _measure_matmul_speed(), has_fast_bf16()
    gain = _BF16_GAIN_AMX if has_amx() else _BF16_GAIN_AMD
    source = f"{os.cpu_count()} processors; a float32 matrix product measured at {speed / 1e9:.0f} GFLOP/s"
    source += f", a step in bf16 assumed {gain} times as fast as one in float32" if bf16 else ""
    half = gain * speed if bf16 else None
    return Device("cpu", read_machine_memory(), half, speed, bf16, on_gpu=False, source=source)


def _measure_matmul_speed(size: int = 1024, repeats: int = 5) -> float:
    """FLOP/s of the fastest of several products of two square float32 matrices."""
    matrix = np.ones((size, size), dtype=np.float32)
    spans = []
    for _ in range(repeats):
        started = time.perf_counter()
        matrix @ matrix
        spans.append(time.perf_counter() - started)
    return 2 * size**3 / min(spans)
