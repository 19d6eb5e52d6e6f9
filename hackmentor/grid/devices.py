"""Which GPUs and how many threads each of several cells side by side has for itself."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterable, Sequence

from hackmentor.config.schema import TrainerSettings


def visible_gpus() -> list[str]:
    """The GPUs that this process may use, as CUDA_VISIBLE_DEVICES names them; found without torch."""
    if (named := os.environ.get("CUDA_VISIBLE_DEVICES")) is not None:
        return [one.strip() for one in named.split(",") if one.strip() not in ("", "-1")]
    if (program := shutil.which("nvidia-smi")) is None:
        return []
    asked = [program, "--query-gpu=index", "--format=csv,noheader"]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.split()


def gpus_of(trainer: TrainerSettings, gpus: Sequence[str]) -> int | None:
    """How many of these GPUs a cell takes; None for all of them, and for some that its configuration names."""
    if trainer.accelerator == "cpu" or not gpus:
        return 0
    if isinstance(trainer.devices, int) and trainer.devices > 0:
        return trainer.devices
    return None


def processes_of(trainer: TrainerSettings, gpus: Sequence[str]) -> int:
    """How many processes a cell has on this machine: one a device."""
    devices = trainer.devices
    if isinstance(devices, list):
        return len(devices)
    if isinstance(devices, int) and devices > 0:
        return devices
    return 1 if trainer.accelerator == "cpu" else max(1, len(gpus))


class Slots:
    """Hands out places side by side, each with its own GPUs as far as there are enough.

    Args:
        gpus: names of GPUs that cells may use.
        needs: how many each cell takes at most, None for all.
        parallel: so many cells at a time; None for as many as have GPUs of their own, and one where there are none.
    """

    def __init__(self, gpus: Sequence[str], needs: Iterable[int | None], parallel: int | None) -> None:
        self._gpus = list(gpus)
        most = max((len(self._gpus) if need is None else need for need in needs), default=0)
        self.parallel = parallel or (max(1, len(self._gpus) // most) if most else 1)
        self._taken: list[list[str]] = []

    def take(self, need: int | None) -> list[str] | None:
        """GPUs for one cell, those that the fewest others use; None while all places are taken.

        More cells at a time than there are GPUs share them: `parallel` asked for that.
        """
        if len(self._taken) >= self.parallel:
            return None
        used = [gpu for gpus in self._taken for gpu in gpus]
        free = sorted(self._gpus, key=used.count)
        mine = free[: len(free) if need is None else need]
        self._taken.append(mine)
        return mine

    def give_back(self, gpus: list[str]) -> None:
        """Once the cell has ended."""
        self._taken.remove(gpus)


def environment(gpus: Sequence[str], need: int | None, processes: int, parallel: int) -> dict[str, str]:
    """What a cell's process is told, beside the environment of this one.

    Args:
        gpus: of the cell; none are named where it takes all.
        need: how many it takes, None for all.
        processes: of the cell, of which each computes.
        parallel: cells at a time.
    """
    told = {"MASTER_PORT": str(_free_port())} if processes > 1 else {}
    if need:
        told["CUDA_VISIBLE_DEVICES"] = ",".join(gpus)
    if parallel > 1 and "OMP_NUM_THREADS" not in os.environ:
        # Processes with as many threads as processors each slow each other up to 8-fold.
        told["OMP_NUM_THREADS"] = str(max(1, _processors() // (parallel * processes)))
    return told


def _processors() -> int:
    affinity = getattr(os, "sched_getaffinity", None)  # Linux: what a container or taskset leaves
    return len(affinity(0)) if affinity else os.cpu_count() or 1


_ports: set[int] = set()


def _free_port() -> int:
    """A port that no other cell of this process was told: ranks of two cells that met would mix."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        if port not in _ports:
            _ports.add(port)
            return port
