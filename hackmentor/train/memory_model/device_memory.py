"""How much memory a device has, in bytes."""

from __future__ import annotations

import os
from pathlib import Path

_CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")


def read_machine_memory() -> int:
    """Bytes of memory of this machine, or of the container that this process runs in."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = _CGROUP_LIMIT.read_text().strip() if _CGROUP_LIMIT.is_file() else "max"
    return min(machine, int(limit)) if limit.isdigit() else machine


def read_device_memory(device_type: str) -> int:
    """Bytes of memory of the current GPU, or of this machine."""
    if device_type != "cuda":
        return read_machine_memory()
    import torch  # here, for `hackmentor plan` asks for the machine alone

    return int(torch.cuda.get_device_properties(torch.cuda.current_device()).total_memory)
