"""A tiny cell, trained in 8-bit and evaluated, that each test exports."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from hackmentor.cli import main

CELL = "smollm2-135m-lora-iio"
QUESTIONS = "export.questions=[What is CWE-79?,Validate input]"


@pytest.fixture(scope="session")
def training(tiny_llama: Path, small_data: Path) -> list[str]:
    """Overrides of a cell of the tiny model that is done in a second."""
    return [
        "base=smollm2", "size=135m", f"base.path={tiny_llama}", f"paths.data={small_data}", "trainer=cpu",
        "trainer.max_epochs=1", "train.cutoff=256", "train.overlength=truncate", "train.validation_records=4",
        "optimizer.lr=0.02", "tracker=none",
    ]  # fmt: skip


@pytest.fixture(scope="session")
def trained(training: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """outputs/ with the finished cell."""
    outputs = tmp_path_factory.mktemp("trained") / "outputs"
    assert main(["train", *training, f"paths.outputs={outputs}"]) == 0
    return outputs


@pytest.fixture
def outputs(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, in the working directory."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(trained, tmp_path / "outputs")
    return tmp_path / "outputs"


@pytest.fixture
def cell(outputs: Path) -> Path:
    """The folder of the cell."""
    return outputs / "adhoc" / CELL


Export = Callable[..., int]


@pytest.fixture
def export(outputs: Path) -> Export:
    """The command, with few and short answers."""

    def run(*words: str) -> int:
        return main(["export", CELL, *words, QUESTIONS, "export.answer_tokens=8"])

    return run
