"""The benchmark for a GPU runs, at a tiny geometry on a processor: ours and TRL's do the same work."""

from __future__ import annotations

from pathlib import Path

import pytest

from hackmentor.runtime.files import read_json


@pytest.mark.parametrize("quant", ["int8", "none"])
def test_tiny_on_a_processor(quant: str, workplace: Path) -> None:
    pytest.importorskip("trl", reason="the extra `bench` is not installed")
    from benchmarks.train_gpu import main

    words = ["--geometry", "tiny", "--device", "cpu", "--quant", quant, "--records", "8", "--rounds", "1"]
    assert main([*words, "--output", "found.json"]) == 0
    (found,) = read_json(Path("found.json"))["results"]
    losses = [found[name]["loss"] for name in ("ours", "TRL", "TRL, packing")]
    assert losses == pytest.approx([losses[0]] * 3, rel=0.02)
    assert all(found[name]["tokens_a_second"] > 0 for name in ("ours", "TRL", "TRL, packing"))
    assert found["gflop_a_token"] == pytest.approx(flop(), rel=0.05)


def flop() -> float:
    """GFLOP a token at this geometry, the head at half of the tokens: 4 P + 4 V d / 2."""
    layers = 2 * (4 * 64 * 64 + 3 * 64 * 128)
    return (4 * layers + 4 * 32_000 * 64 / 2) / 1e9
