"""What is kept is what was quantised, to the bit, and is read in place of the base."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
import torch

from hackmentor.model import quantised
from hackmentor.model.dequantise import use_dequantised_weights
from hackmentor.model.load import Quantisation, load_base


@pytest.fixture
def base(tiny_llama: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(quantised, "MIN_BYTES_TO_KEEP", 0)
    return Path(shutil.copytree(tiny_llama, tmp_path / "base"))


def everything(model: torch.nn.Module) -> list[torch.Tensor]:
    """Weights as they are held, and what the model makes of them, measured and in training."""
    ids = torch.arange(5, 45)[None]
    with torch.no_grad():
        measured, trained = model.eval()(ids).logits, model.train()(ids).logits
        with use_dequantised_weights(model):  # type: ignore[arg-type]
            copied = model(ids).logits
    held = [tensor for _, tensor in sorted(model.state_dict().items()) if isinstance(tensor, torch.Tensor)]
    return [*held, measured, trained, copied]


@pytest.mark.parametrize("quant", ["int8", "nf4"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_what_is_read_has_the_bits_of_what_was_quantised(quant: Quantisation, dtype: torch.dtype, base: Path) -> None:
    load = {"quant": quant, "dtype": dtype, "device": torch.device("cpu"), "keep": base.parent / "kept"}
    first = load_base(base, **load)  # type: ignore[arg-type]
    (kept,) = (folder for folder in (base.parent / "kept").iterdir() if folder.is_dir())
    weights = base / "model.safetensors"
    found = weights.stat()
    weights.unlink()  # the first model still reads from the old file
    weights.write_bytes(bytes(found.st_size))  # looks the same, and can't be loaded
    os.utime(weights, ns=(found.st_atime_ns, found.st_mtime_ns))
    again = load_base(base, **load)  # type: ignore[arg-type]
    assert not any(parameter.requires_grad for parameter in again.parameters())
    assert all(torch.equal(a, b) for a, b in zip(everything(first), everything(again), strict=True))
    assert kept.name.startswith(f"{quant}-")


def test_another_base_or_another_type_is_quantised_anew(base: Path) -> None:
    keep, device = base.parent / "kept", torch.device("cpu")
    load_base(base, quant="int8", dtype=torch.float32, device=device, keep=keep)
    load_base(base, quant="int8", dtype=torch.bfloat16, device=device, keep=keep)
    (base / "model.safetensors").touch()
    load_base(base, quant="int8", dtype=torch.bfloat16, device=device, keep=keep)
    assert len([folder for folder in keep.iterdir() if folder.is_dir()]) == 3


def test_a_small_base_is_not_kept(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quantised, "MIN_BYTES_TO_KEEP", 10**9)
    load_base(base, quant="int8", dtype=torch.float32, device=torch.device("cpu"), keep=base.parent / "kept")
    assert not (base.parent / "kept").exists()


def test_where_there_is_no_room_it_goes_on_without(
    base: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    usage = shutil.disk_usage(base)._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    load_base(base, quant="int8", dtype=torch.float32, device=torch.device("cpu"), keep=base.parent / "kept")
    assert not [folder for folder in (base.parent / "kept").iterdir() if folder.is_dir()]
    assert "not keeping the quantised weights" in caplog.text
