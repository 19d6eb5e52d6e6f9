"""The benchmark for a GPU runs at a tiny geometry on a processor, without Hydra and W&B; TRL does the same work."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from benchmarks import gpu_checks, gpu_trial
from benchmarks.random_llama import write_llama
from hackmentor.model import attention
from hackmentor.runtime.files import read_json
from tests.conftest import REPOSITORY

WITHOUT = """
import sys
for name in ("hydra", "omegaconf", "wandb", "trl"):
    sys.modules[name] = None
from benchmarks.gpu_trial import main
sys.exit(main(sys.argv[1:]))
"""


def test_all_of_it_on_a_processor_without_hydra_and_wandb(tmp_path: Path) -> None:
    words = ["--geometry", "tiny", "--device", "cpu", "--quant", "int8", "--records", "8"]
    output = tmp_path / "found.json"
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, *words, "--output", str(output)], cwd=REPOSITORY, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    found = read_json(output)
    assert len(found["checks"]) == 3
    assert all(check["right"] for check in found["checks"].values())
    assert found["checks"]["resumed to the same bits"]["steps"] == 3
    kept, again = found["measurements"]
    assert (kept["contestant"], again["contestant"]) == tuple(gpu_trial.OURS)
    assert kept["loss"] == pytest.approx(again["loss"], abs=1e-3)
    assert min(kept["tokens_a_second"], again["tokens_a_second"]) > 0
    assert kept["planned_gib"] == pytest.approx(kept["peak_gib"], rel=0.3)
    assert kept["gflop_a_token"] == pytest.approx(flop(), rel=0.05)
    assert "TRL is not installed" in found["left_out"][0]


def flop() -> float:
    """GFLOP a token at this geometry, the head at half of the tokens: 4 P + 4 V d / 2."""
    layers = 2 * (4 * 64 * 64 + 3 * 64 * 128)
    return (4 * layers + 4 * 32_000 * 64 / 2) / 1e9


@pytest.mark.skipif(importlib.util.find_spec("trl") is None, reason="the extra `bench` is not installed")
@pytest.mark.parametrize("name", gpu_trial.TRL)
def test_trl_does_the_same_work(name: str, workplace: Path) -> None:
    data = [gpu_trial.data_module(count, 256, 128) for count in (8, 4, 8, 4)]
    device = torch.device("cpu")
    ours = gpu_trial.measure("tiny", "none", "ours", device, (data[0], data[1]), 1)
    theirs = gpu_trial.measure("tiny", "none", name, device, (data[2], data[3]), 1)
    assert theirs["loss"] == pytest.approx(ours["loss"], rel=0.02)


def test_records_that_see_each_other_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_llama(tmp_path, "tiny", gpu_checks.STD)
    device = torch.device("cpu")
    assert gpu_checks.check_packing(tmp_path, "none", device)["right"]
    monkeypatch.setattr(attention, "_split_by_record", lambda states, *_: [states])
    found = gpu_checks.check_packing(tmp_path, "none", device)
    assert not found["right"]
    assert found["max_difference_packed"] > 1


def test_one_check_that_fails_leaves_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> dict[str, object]:
        raise RuntimeError("no kernel image")

    monkeypatch.setattr(gpu_checks, "check_packing", fail)
    monkeypatch.setattr(gpu_checks, "check_resumption", fail)
    found = dict(gpu_checks.run_checks(torch.device("cpu"), ["none"], gpu_trial.data_module(2, 256, 128), 30))
    assert found["packed as alone, none"] == {"right": False, "error": "RuntimeError: no kernel image"}
    assert found["cpu as processor, none"]["right"]


def test_ours_is_measured_before_trl_and_without_time_all_is_listed(workplace: Path) -> None:
    order = list(gpu_trial.list_measurements(["7b", "13b"], ["int8"], [*gpu_trial.OURS, *gpu_trial.TRL]))
    assert [geometry for geometry, _, _ in order] == ["7b", "7b", "13b", "13b"] * 2
    assert {name for _, _, name in order[:4]} == set(gpu_trial.OURS)
    words = ["--geometry", "tiny", "--device", "cpu", "--quant", "none", "--records", "4", "--minutes", "0"]
    gpu_trial.main([*words, "--output", "found.json"])
    found = read_json(Path("found.json"))
    assert found["measurements"] == []
    assert "tiny, none, ours: no time left" in found["left_out"]
