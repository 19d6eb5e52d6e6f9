"""A cell that fails is told of once, in the words of its own error."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from omegaconf import DictConfig

from hackmentor.config.compose import Request, opened
from tests.conftest import REPOSITORY

OF_HYDRA = "Error executing job"
WHY = "over train.cutoff=256"


@pytest.mark.parametrize("grid", [False, True], ids=["a cell", "a grid's cell"])
def test_a_failed_cell_says_why_and_nothing_else(tiny_words: list[str], workplace: Path, grid: bool) -> None:
    words = [*tiny_words, "train.overlength=error", "tracker=none", "quant=none", *(["-m"] if grid else [])]
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "hackmentor", "train", *words]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    (log,) = workplace.glob("outputs/adhoc/*/train.log")
    assert done.returncode == (1 if grid else 2)
    told = log.read_text() if grid else done.stdout + done.stderr
    assert told.count(WHY) == 1, told
    assert told.count("ERROR") == 1
    assert OF_HYDRA not in told
    assert "Traceback" not in told


def test_a_bug_keeps_its_traceback(workplace: Path, capfd: pytest.CaptureFixture[str]) -> None:
    def task(_: DictConfig) -> None:
        raise ZeroDivisionError("a bug")

    request = Request("train", ("name=x",))
    with opened(request) as hydra, pytest.raises(ZeroDivisionError) as caught:
        hydra.run("train", task, list(request.overrides))
    assert caught.traceback[-1].name == "task"
    assert OF_HYDRA not in capfd.readouterr().err
