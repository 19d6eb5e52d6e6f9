"""What this machine's processor computes fast. Imports nothing heavy: `hackmentor plan` asks as well as training."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_CPUINFO = Path("/proc/cpuinfo")


@cache
def has_fast_bf16(cpuinfo: Path = _CPUINFO) -> bool:
    """Whether bf16 matrix products are faster than float32 ones on this processor.

    Where it has AMX tiles for them, and on AMD's with AVX512-BF16. With AMX they ran at 6 to 8 times the speed of
    float32; an Intel processor limited to AVX512-BF16 at 0.6 to 0.7, to AVX512 at 0.2 (oneDNN, ONEDNN_MAX_CPU_ISA);
    AMD's Zen 4 at 2.0 to 2.6. Only Linux tells; elsewhere the answer is no.
    """
    return has_amx(cpuinfo) or ("avx512_bf16" in _read_cpuinfo("flags", cpuinfo) and is_amd(cpuinfo))


def has_amx(cpuinfo: Path = _CPUINFO) -> bool:
    """Whether this processor has tiles for matrix products in bf16. Only Linux tells; elsewhere the answer is no."""
    return "amx_bf16" in _read_cpuinfo("flags", cpuinfo)


@cache
def is_amd(cpuinfo: Path = _CPUINFO) -> bool:
    """Whether AMD made this processor. Only Linux tells; elsewhere the answer is no."""
    return "AuthenticAMD" in _read_cpuinfo("vendor_id", cpuinfo)


def _read_cpuinfo(what: str, cpuinfo: Path) -> list[str]:
    """The words of the first line on this."""
    if not cpuinfo.is_file():
        return []
    lines = (line.split() for line in cpuinfo.read_text(encoding="utf-8").splitlines())
    return next((line for line in lines if line[:1] == [what]), [])
