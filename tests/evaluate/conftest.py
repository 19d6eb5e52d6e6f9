"""One trained cell for all tests of the command."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from hackmentor.cli import main


@pytest.fixture(scope="session")
def training(tiny_words: list[str], tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], Path]:
    """The words of a cell, and outputs/ with it."""
    # So much that the cell answers otherwise than its base: the same answers would need no judge.
    words = ["base=smollm2", "size=135m", "data=iio", *tiny_words, "optimizer.lr=0.1"]
    folder = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert main(["train", *words]) == 0
    return words, folder / "outputs"


@pytest.fixture
def trained(workplace: Path, training: tuple[list[str], Path]) -> list[str]:
    """The words of a cell that is trained in the working directory."""
    words, outputs = training
    shutil.copytree(outputs, workplace / "outputs")
    return words
