"""bf16 is for processors that have tiles for it, and for AMD's; on others it is slower than float32."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from hackmentor.model import device
from hackmentor.model.cpu.processor import has_fast_bf16

WITHOUT = "processor\t: 0\nvendor_id\t: GenuineIntel\nflags\t\t: fpu sse4_2 avx512f avx512_bf16 amx_tile\n"


@pytest.mark.parametrize(
    ("cpuinfo", "fast"),
    [
        (WITHOUT, False),
        (WITHOUT.replace("amx_tile", "amx_bf16 amx_tile"), True),
        (WITHOUT.replace("GenuineIntel", "AuthenticAMD"), True),
        (WITHOUT.replace("GenuineIntel", "AuthenticAMD").replace("avx512_bf16", ""), False),
        ("", False),
    ],
)
def test_the_flags_of_the_processor_decide(cpuinfo: str, fast: bool, tmp_path: Path) -> None:
    file = tmp_path / "cpuinfo"
    file.write_text(cpuinfo)
    assert has_fast_bf16(file) is fast
    assert has_fast_bf16(tmp_path / "none") is False


@pytest.mark.parametrize(("fast", "precision"), [(True, "bf16-mixed"), (False, "32-true")])
def test_training_follows_the_processor_and_evaluation_does_not(
    fast: bool, precision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device, "has_fast_bf16", lambda: fast)
    assert device.resolve_precision("auto", "cpu") == precision
    assert device.get_inference_dtype("auto", "cpu") == torch.float32
    assert device.resolve_precision("32-true", "cpu") == "32-true"
    assert device.get_inference_dtype("bf16-mixed", "cpu") == torch.bfloat16
