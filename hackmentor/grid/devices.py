"""Shares out the GPUs and processors of this machine among cells that run side by side."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterable, Sequence

from hackmentor.config.schema import TrainerSettings


def list_visible_gpus() -> list[str]:
    """The GPUs that this process may use, as CUDA_VISIBLE_DEVICES names them; found without torch."""
    if (visible := os.environ.get("CUDA_VISIBLE_DEVICES")) is not None:
        return [gpu.strip() for gpu in visible.split(",") if gpu.strip() not in ("", "-1")]
    if (program := shutil.which("nvidia-smi")) is None:
        return []
    command = [program, "--query-gpu=index", "--format=csv,noheader"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.split()


def count_gpus(trainer: TrainerSettings, visible_gpus: Sequence[str]) -> int | None:
    """How many of the visible GPUs a cell takes; None for all of them, also where its configuration lists devices."""
    if trainer.accelerator == "cpu" or not visible_gpus:
        return 0
    if isinstance(trainer.devices, int) and trainer.devices > 0:
        return trainer.devices
    return None


def count_processes(trainer: TrainerSettings, visible_gpus: Sequence[str]) -> int:
    """How many processes a cell has on this machine: one per device."""
    devices = trainer.devices
    if isinstance(devices, list):
        return len(devices)
    if isinstance(devices, int) and devices > 0:
        return devices
    return 1 if trainer.accelerator == "cpu" else max(1, len(visible_gpus))


class GpuSlots:
    """Slots for cells that run side by side, each with GPUs of its own as far as there are enough.

    Args:
        gpus: names of GPUs that cells may use.
        gpu_counts: how many each cell takes at most, None for all.
        max_parallel: cells at a time; None for as many as can have GPUs of their own, and one where there are none.
    """

    def __init__(self, gpus: Sequence[str], gpu_counts: Iterable[int | None], max_parallel: int | None) -> None:
        self._gpus = list(gpus)
        largest = max((len(self._gpus) if count is None else count for count in gpu_counts), default=0)
        self.max_parallel = max_parallel or (max(1, len(self._gpus) // largest) if largest else 1)
        self._acquired: list[list[str]] = []

    def acquire(self, gpu_count: int | None) -> list[str] | None:
        """Takes a slot and returns its GPUs, those that the fewest other cells use; None if no slot is free.

        With more slots than GPUs, cells share them.
        """
        if len(self._acquired) >= self.max_parallel:
            return None
        used = [gpu for gpus in self._acquired for gpu in gpus]
        by_use = sorted(self._gpus, key=used.count)
        acquired = by_use[: len(by_use) if gpu_count is None else gpu_count]
        self._acquired.append(acquired)
        return acquired

    def release(self, gpus: list[str]) -> None:
        """Frees the slot of a cell that has ended."""
        self._acquired.remove(gpus)


def build_environment(
    gpus: Sequence[str], gpu_count: int | None, process_count: int, max_parallel: int
) -> dict[str, str]:
    """The environment variables of a cell's process, on top of this process's own.

    Args:
        gpus: those of the cell's slot; they are set only where it doesn't take all.
        gpu_count: how many the cell takes, None for all.
        process_count: processes of the cell.
        max_parallel: cells at a time.
    """
    variables = {"MASTER_PORT": str(_find_free_port())} if process_count > 1 else {}
    if gpu_count:
        variables["CUDA_VISIBLE_DEVICES"] = ",".join(gpus)
    if max_parallel > 1 and "OMP_NUM_THREADS" not in os.environ:
        # Processes with as many threads as processors each slow each other up to 8-fold.
        variables["OMP_NUM_THREADS"] = str(max(1, _count_processors() // (max_parallel * process_count)))
    return variables


def _count_processors() -> int:
    get_affinity = getattr(os, "sched_getaffinity", None)  # Linux: respects containers and taskset
    return len(get_affinity(0)) if get_affinity else os.cpu_count() or 1


_used_ports: set[int] = set()


def _find_free_port() -> int:
    """A port that no other cell of this process got: the ranks of two cells on one port would mix."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        if port not in _used_ports:
            _used_ports.add(port)
            return port
