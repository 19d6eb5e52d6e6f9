"""What a cell is planned for: this machine, or a device known by name. Asks neither torch nor CUDA."""

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

from hackmentor.config.error_messages import nearest
from hackmentor.model.cpu.processor import has_amx, has_fast_bf16
from hackmentor.plan.training_setup import Precision
from hackmentor.runtime.errors import UserError

GIB = 1024**3
_TABLE = Path(__file__).with_name("devices.yaml")
# A whole training step in bf16 beside one in float32, on a processor with AMX and on AMD's Zen 4, measured: see
# benchmarks/results/train_throughput.md. Matrix products alone gain more, but they are not all of a step.
_BF16_GAIN_AMX, _BF16_GAIN_AMD = 2.2, 1.5
_CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")


@dataclass(frozen=True)
class Device:
    """One device: memory in bytes, speed of matrix products in operations a second (None: not known).

    `bf16`: whether it computes fast in that.
    """

    name: str
    memory: int
    half: float | None
    single: float | None
    bf16: bool
    on_gpu: bool
    source: str

    def precision(self, asked: str) -> Precision:
        """Lightning's precision on it, as `hackmentor.model.device.precision_for` decides on the machine itself."""
        if asked != "auto":
            return asked  # type: ignore[return-value]
        if self.bf16:
            return "bf16-mixed"
        return "16-mixed" if self.on_gpu else "32-true"

    def peak(self, precision: Precision) -> float | None:
        """Operations a second in a precision."""
        return self.single if precision == "32-true" else self.half


def device(name: str, accelerator: str) -> Device:
    """The device of that name; `auto` is what training with this accelerator would use here.

    Raises:
        UserError: if there is no such name, or auto means a GPU and this machine has none.
    """
    if name == "cpu" or (name == "auto" and accelerator == "cpu"):
        return this_processor()
    if name != "auto":
        return _named(name)
    found = _this_gpu()
    return found or this_processor()


@lru_cache(maxsize=1)
def table() -> Mapping[str, Mapping[str, Any]]:
    """The known devices by name."""
    return dict(yaml.safe_load(_TABLE.read_text(encoding="utf-8")))


def _named(name: str) -> Device:
    if name not in table():
        raise UserError(f"plan.device={name}: no such device; {nearest(name, ['auto', 'cpu', *table()])}")
    return _of(name, table()[name], int(table()[name]["memory"] * GIB))


def _of(name: str, known: Mapping[str, Any], memory: int) -> Device:
    return Device(
        name, memory, known["half"] * 1e12, known["single"] * 1e12, known["bf16"], on_gpu=True, source=known["source"]
    )


@lru_cache(maxsize=1)
def _this_gpu() -> Device | None:
    """The first GPU that NVIDIA's driver tells of."""
    if (program := shutil.which("nvidia-smi")) is None:
        return None
    asked = [program, "--query-gpu=name,memory.total", "--format=csv,noheader,nounits"]
    told = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip().splitlines()
    if not told:
        return None
    name, _, mebibytes = told[0].rpartition(", ")
    memory = int(mebibytes) * 1024**2
    # The driver calls an h100-80gb "NVIDIA H100 80GB HBM3": each part of our name is in its own.
    alike = [known for known in table() if all(part in name.lower() for part in known.split("-"))]
    if not alike:
        return Device(
            name, memory, None, None, bf16=True, on_gpu=True, source="nvidia-smi; its speed is not known here"
        )
    return _of(name, table()[max(alike, key=len)], memory)


@lru_cache(maxsize=1)
def this_processor() -> Device:
    """This machine's processor and memory; its speed is that of a float32 matrix product, measured now."""
    speed, bf16 = _measured_speed(), has_fast_bf16()
    gain = _BF16_GAIN_AMX if has_amx() else _BF16_GAIN_AMD
    told = f"{os.cpu_count()} processors; a float32 matrix product measured at {speed / 1e9:.0f} GFLOP/s"
    told += f", a step in bf16 assumed {gain} times as fast as one in float32" if bf16 else ""
    half = gain * speed if bf16 else None
    return Device("cpu", _machine_memory(), half, speed, bf16, on_gpu=False, source=told)


def _machine_memory() -> int:
    """Bytes of this machine, or of the container that we are in."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = _CGROUP_LIMIT.read_text().strip() if _CGROUP_LIMIT.is_file() else "max"
    return min(machine, int(limit)) if limit.isdigit() else machine


def _measured_speed(size: int = 1024, times: int = 5) -> float:
    """Operations a second of the fastest of some products of two square matrices."""
    matrix = np.ones((size, size), dtype=np.float32)
    spans = []
    for _ in range(times):
        started = time.perf_counter()
        matrix @ matrix
        spans.append(time.perf_counter() - started)
    return 2 * size**3 / min(spans)
