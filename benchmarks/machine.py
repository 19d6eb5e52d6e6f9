"""What a benchmark ran on, for its results."""

from __future__ import annotations

import platform
from pathlib import Path


def processor() -> str:
    """The name of this machine's processor; its architecture alone where Linux doesn't tell."""
    file = Path("/proc/cpuinfo")
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())
