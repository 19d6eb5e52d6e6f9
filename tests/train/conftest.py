"""Attempts at a cell, each in a process of its own that starts in a second."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import REPOSITORY


@dataclass(frozen=True)
class Place:
    """A working directory in which a cell is trained."""

    server: subprocess.Popen[str]
    path: Path

    @property
    def cell(self) -> Path:
        return self.path / "outputs" / "adhoc" / "smollm2-135m-lora-iio"

    @property
    def log(self) -> str:
        return (self.path / "attempts.log").read_text()

    def attempt(
        self,
        words: list[str],
        signal: int = 0,
        rows: int = 0,
        delay: float = 0.0,
        file_size: int = 0,
        devices: int = 1,
    ) -> int:
        """The exit code of one run, which gets a signal after so many rows of metrics.csv and so many seconds.

        With `file_size`, no file of it can grow beyond so many bytes, as under a quota. On several `devices` it has as
        many processes.
        """
        assert self.server.stdin is not None
        assert self.server.stdout is not None
        metrics = str(self.cell / "metrics.csv")
        request = {"cwd": str(self.path), "words": words, "metrics": metrics}
        request |= {"signal": int(signal), "rows": rows, "delay": delay, "file_size": file_size, "devices": devices}
        self.server.stdin.write(json.dumps(request) + "\n")
        self.server.stdin.flush()
        return int(self.server.stdout.readline())

    def result(self) -> tuple[str, list[dict[str, str]], float]:
        """What two runs must agree on to the bit: the adapter's hash, the history but for speed, the held-out loss."""
        adapter = hashlib.sha256((self.cell / "adapter" / "adapter_model.safetensors").read_bytes()).hexdigest()
        with (self.cell / "metrics.csv").open(newline="") as stream:
            history = [{k: v for k, v in row.items() if k != "tokens_per_second"} for row in csv.DictReader(stream)]
        return adapter, history, self.card["figures"]["val_loss"]

    @property
    def card(self) -> dict[str, Any]:
        return json.loads((self.cell / "card.json").read_text())  # type: ignore[no-any-return]

    def steps(self) -> list[int]:
        """Of which steps there are checkpoints."""
        return sorted(int(file.stem[5:]) for file in (self.cell / "checkpoints").glob("step=*.json"))


@pytest.fixture(scope="session")
def fork_server() -> Iterator[subprocess.Popen[str]]:
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(REPOSITORY)}
    command = [sys.executable, str(Path(__file__).with_name("fork_server.py"))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment) as server:
        yield server
        assert server.stdin is not None
        server.stdin.close()


@pytest.fixture
def place(fork_server: subprocess.Popen[str], tmp_path: Path) -> Place:
    return Place(fork_server, tmp_path)


@pytest.fixture
def another_place(fork_server: subprocess.Popen[str], tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(fork_server, tmp_path_factory.mktemp("another"))


@pytest.fixture
def fixed_words(tiny_words: list[str], fixed_data: Path) -> list[str]:
    """As `tiny_words`, on data of a number and length that a test can count on."""
    return [*[word for word in tiny_words if not word.startswith("paths.data")], f"paths.data={fixed_data}"]


@pytest.fixture
def restart_words(fixed_words: list[str]) -> list[str]:
    """A cell of 44 steps of several packs, in 8-bit, with much dropout, which saves itself at every step."""
    return [
        *[word for word in fixed_words if not word.startswith("trainer.max_epochs")],
        *("trainer.max_epochs=4", "train.batch_size=2", "train.micro_batch_tokens=256", "train.checkpoint_steps=1"),
        *("method.dropout=0.3", "optimizer.lr=0.01", "tracker=none"),
    ]
