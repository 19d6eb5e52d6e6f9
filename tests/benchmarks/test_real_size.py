"""The parts of the trial at real size: its base loads, and what it says of a command is so. All of it takes minutes."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import torch

from benchmarks.random_llama import VOCABULARY
from benchmarks.real_size import Trial, _check_adapters, prepare
from hackmentor.model.load import load_base
from hackmentor.model.tokenizer import load_tokenizer
from hackmentor.runtime.files import read_json


def test_its_base_is_a_model_with_a_tokenizer(tmp_path: Path) -> None:
    base = prepare(Trial(tmp_path, tmp_path / "found.json"), "tiny", None)
    model = load_base(base, quant="int8", dtype=torch.float32, device=torch.device("cpu"))
    tokenizer = load_tokenizer(base)
    text = "Validate input: <script>, ü,  two spaces."
    ids = tokenizer(text)["input_ids"]
    assert tokenizer.decode(ids, skip_special_tokens=True).strip() == text
    assert max(ids) < VOCABULARY
    assert torch.isfinite(model(torch.tensor([ids])).logits).all()


def test_time_memory_and_failures_of_commands_are_noted_as_they_end(tmp_path: Path) -> None:
    trial = Trial(tmp_path, tmp_path / "found.json")
    large = "import sys, time; kept = b'x' * (300 * 2**20); print(sys.stdin.read()); time.sleep(0.5)"
    assert trial.run("nf4", "large", [sys.executable, "-c", large], stdin="said\n").strip() == "said"
    found = read_json(tmp_path / "found.json")
    assert 0.29 < found["nf4"]["large"]["peak_gib"] < 0.4
    assert found["failures"] == []
    sign = tmp_path / "sign"
    wait = f"import pathlib, time; pathlib.Path({str(sign)!r}).touch(); time.sleep(60)"
    trial.run("nf4", "killed", [sys.executable, "-c", wait], kill_at=sign)
    assert read_json(tmp_path / "found.json")["nf4"]["killed"]["exit_code"] == -signal.SIGKILL
    trial.run("nf4", "broken", [sys.executable, "-c", "raise SystemExit(3)"])
    assert "exit code 3" in trial.failures[0]


def test_other_bits_after_a_kill_are_a_failure(tmp_path: Path) -> None:
    trial = Trial(tmp_path, tmp_path / "found.json")
    cells = {kind: tmp_path / kind for kind in ("whole", "killed")}
    for number, cell in enumerate(cells.values()):
        (cell / "adapter").mkdir(parents=True)
        (cell / "adapter" / "adapter_model.safetensors").write_bytes(bytes([number]))
        (cell / "card.json").write_text('{"figures": {"steps": 2}}')
        (cell / "metrics.csv").write_text("step,tokens_per_second\n0,10.5\n0,\n")
    _check_adapters(trial, "nf4", cells)
    assert trial.failures == ["nf4: continued after a kill, the adapter is another one"]
    assert trial.found["nf4"]["two steps"]["tokens_a_second"] == [10.5]
