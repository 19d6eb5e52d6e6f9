"""What this machine's processor computes fast. Imports nothing heavy: `hackmentor plan` asks as well as training."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_CPUINFO = Path("/proc/cpuinfo")


@cache
def has_fast_bf16(cpuinfo: Path = _CPUINFO) -> bool:
    """Whether bf16 matrix products are faster than float32 ones on this processor: where it has AMX tiles for them.

    With AMX they ran at 6 to 8 times the speed of float32, on the same processor limited to AVX512-BF16 at 0.6 to 0.7,
    limited to AVX512 at 0.2 (oneDNN, ONEDNN_MAX_CPU_ISA). Only Linux tells; elsewhere the answer is no.
    """
    if not cpuinfo.is_file():
        return False
    flags = (line for line in cpuinfo.read_text(encoding="utf-8").splitlines() if line.startswith("flags"))
    return "amx_bf16" in next(flags, "").split()
