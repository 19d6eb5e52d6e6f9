"""One cell on two devices: Lightning starts the command again for the second, and the weights come out the same."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from safetensors.torch import load_file


def train(words: list[str], cwd: Path, program: list[str]) -> None:
    done = subprocess.run([*program, *words], cwd=cwd, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


NAME = "smollm2-135m-lora-iio"


def stop_at_step(step: int, words: list[str], cwd: Path) -> None:
    """A run that is asked to stop, of whose processes the first one gets the signal, as from a cluster."""
    command = [sys.executable, "-m", "hackmentor.train", *words]
    metrics = cwd / "outputs" / "adhoc" / NAME / "metrics.csv"
    with subprocess.Popen(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        while process.poll() is None and not (metrics.is_file() and metrics.read_text().count("\n") >= step):
            time.sleep(0.002)
        process.send_signal(signal.SIGTERM)
        said = process.communicate(timeout=120)[0]
    assert process.returncode == 143, said[-3000:]


def adapter(folder: Path) -> dict[str, object]:
    return load_file(folder / "outputs" / "adhoc" / NAME / "adapter" / "adapter_model.safetensors")


def test_two_processes_train_what_one_does(tmp_path: Path, tiny_words: list[str]) -> None:
    words = [word for word in tiny_words if word != "trainer=cpu"]
    words += ["trainer=ddp", "trainer.accelerator=cpu", "trainer.precision=32-true", "tracker=none"]
    words += ["quant=none", "method.dropout=0", "train.batch_size=8"]
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    train([*words, "trainer.devices=1"], one, [sys.executable, "-m", "hackmentor.train"])
    stop_at_step(2, [*words, "trainer.devices=2"], two)
    train([*words, "trainer.devices=2"], two, [sys.executable, "-m", "hackmentor.train"])
    assert "continuing after step" in (two / "outputs" / "adhoc" / NAME / "train.log").read_text()
    alone, together = adapter(one), adapter(two)
    assert alone.keys() == together.keys()
    for name, tensor in alone.items():
        assert together[name].numpy() == pytest.approx(tensor.numpy(), abs=2e-6), name  # type: ignore[attr-defined]


def test_the_console_command_starts_a_second_process_too(tmp_path: Path, tiny_words: list[str]) -> None:
    words = [*tiny_words, "tracker=none", "trainer.devices=2", "trainer.strategy=ddp", "train.batch_size=8"]
    train(words, tmp_path, [str(Path(sys.executable).with_name("hackmentor")), "train"])
    folder = tmp_path / "outputs" / "adhoc" / NAME
    assert (folder / "done.json").is_file()
    assert (folder / "train_ddp_process_1.log").is_file()
