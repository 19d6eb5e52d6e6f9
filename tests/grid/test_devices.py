"""One cell on two devices: Lightning starts the command again for the second, and the weights come out the same."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from safetensors.torch import load_file

from tests.grid.forking import Forking


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


def adapter(folder: Path, name: str = NAME) -> dict[str, object]:
    return load_file(folder / "outputs" / "adhoc" / name / "adapter" / "adapter_model.safetensors")


def test_two_processes_train_what_one_does(tmp_path: Path, tiny_words: list[str], forking_server: Forking) -> None:
    words = [word for word in tiny_words if word != "trainer=cpu"]
    words += ["trainer=ddp", "trainer.accelerator=cpu", "trainer.precision=32-true", "tracker=none"]
    words += ["quant=none", "method.dropout=0", "train.batch_size=8"]
    one, two, moved = tmp_path / "one", tmp_path / "two", tmp_path / "moved"
    one.mkdir()
    two.mkdir()
    done = forking_server.run("train", [*words, "trainer.devices=1"], one)
    assert done.returncode == 0, done.stdout + done.stderr
    stop_at_step(2, [*words, "trainer.devices=2"], two)
    shutil.copytree(two, moved)
    train([*words, "trainer.devices=2"], two, [sys.executable, "-m", "hackmentor.train"])
    assert "continuing after step" in (two / "outputs" / "adhoc" / NAME / "train.log").read_text()
    assert_alike(adapter(one), adapter(two))
    # On a machine with one device alone the same training goes on, and what is finished there is finished here.
    alone = [word for word in words if word != "trainer=ddp"] + ["trainer=cpu"]
    done = forking_server.run("train", alone, moved)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "was saved on 2 devices, this training has 1" in done.stdout + done.stderr
    assert_alike(adapter(one), adapter(moved))
    done = forking_server.run("train", [*words, "trainer.devices=2"], moved)
    assert "is done already" in done.stdout


def assert_alike(alone: dict[str, object], together: dict[str, object]) -> None:
    assert alone.keys() == together.keys()
    for name, tensor in alone.items():
        assert together[name].numpy() == pytest.approx(tensor.numpy(), abs=2e-6), name  # type: ignore[attr-defined]


def test_ranks_of_two_cells_never_meet(tmp_path: Path, tiny_words: list[str], forking_server: Forking) -> None:
    """Of two cells side by side on two devices each, one fails on its first rank alone."""
    words = ["-m", *tiny_words, "tracker=none", "quant=none", "method.dropout=0", "train.batch_size=8", "seed=1,2"]
    words += ["trainer.precision=32-true"]
    alone, grid = tmp_path / "alone", tmp_path / "grid"
    for folder in (alone, grid):
        folder.mkdir()
    assert forking_server.wait(forking_server.start(words, alone, alone / "said")) == 0
    # Only the first rank writes the history, and it can't.
    obstacle = grid / "outputs" / "adhoc" / f"{NAME}-seed2" / "metrics.csv"
    obstacle.mkdir(parents=True)
    ranks = ["trainer.devices=2", "trainer.strategy=ddp", "grid.parallel=2"]
    command = [sys.executable, "-m", "hackmentor", "train", *words, *ranks]
    done = subprocess.run(command, cwd=grid, capture_output=True, text=True, timeout=900)
    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "1 done, 1 failed"
    assert f"{NAME}-seed2: failed: IsADirectoryError" in done.stdout
    assert_alike(adapter(alone, f"{NAME}-seed1"), adapter(grid, f"{NAME}-seed1"))
    assert not [one for one in psutil.process_iter(["cwd"]) if one.info["cwd"] == str(grid)]


def test_the_console_command_starts_a_second_process_too(tmp_path: Path, tiny_words: list[str]) -> None:
    words = [*tiny_words, "tracker=none", "trainer.devices=2", "trainer.strategy=ddp", "train.batch_size=8"]
    train(words, tmp_path, [str(Path(sys.executable).with_name("hackmentor")), "train"])
    folder = tmp_path / "outputs" / "adhoc" / NAME
    assert (folder / "done.json").is_file()
    assert (folder / "train_ddp_process_1.log").is_file()
