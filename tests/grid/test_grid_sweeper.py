"""The whole way of a grid: two copies of a command, what failed before, and what the report says."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import pytest

from tests.grid.forking import Forking

CELL = "smollm2-135m-lora-iio"


@pytest.fixture
def words(tiny_words: list[str]) -> list[str]:
    return ["-m", *tiny_words, "tracker=none", "train.checkpoint_steps=1", "train.batch_size=2"]


def begun(cell: Path, rows: int) -> bool:
    file = cell / "metrics.csv"
    return file.is_file() and file.read_text().count("\n") > rows


def test_two_copies_of_a_command_share_the_work(forking_server: Forking, workplace: Path, words: list[str]) -> None:
    copies = [forking_server.start([*words, "seed=0,1,2"], workplace, workplace / f"said{n}") for n in range(2)]
    assert [forking_server.wait(pid) for pid in copies] == [0, 0]
    said = [(workplace / f"said{number}").read_text() for number in range(2)]
    for seed in range(3):
        cell = workplace / "outputs" / "adhoc" / f"{CELL}-seed{seed}"
        assert cell.joinpath("train.log").read_text().count("adapter in") == 1
        assert sum(f"{CELL}-seed{seed}: begins" in one for one in said) == 1
    assert all("3 done" in one.splitlines()[-1] for one in said)


def test_what_others_train_is_waited_for_and_taken_over(
    forking_server: Forking, workplace: Path, words: list[str]
) -> None:
    cell = workplace / "outputs" / "adhoc" / f"{CELL}-seed0"
    long = [*words, "seed=0,1", "trainer.max_epochs=3"]
    first = forking_server.start(["-m", *long, "grid.parallel=2"], workplace, workplace / "first")
    while not begun(cell, 2):
        time.sleep(0.01)
    (workplace / "second").touch()
    second = forking_server.start(long, workplace, workplace / "second")
    while "waiting for" not in (workplace / "second").read_text():
        time.sleep(0.01)
    os.kill(first, signal.SIGKILL)
    assert forking_server.wait(first) == -signal.SIGKILL
    assert forking_server.wait(second) == 0, (workplace / "second").read_text()
    assert "continuing after step" in (cell / "train.log").read_text()
    assert (cell / "done.json").is_file()


def test_what_failed_is_told_and_left_or_tried_again(
    forking_server: Forking, workplace: Path, words: list[str]
) -> None:
    obstacle = workplace / "outputs" / "adhoc" / f"{CELL}-seed1" / "metrics.csv"
    obstacle.mkdir(parents=True)
    said = workplace / "said"

    def train(*more: str) -> tuple[int, str]:
        said.unlink(missing_ok=True)
        code = forking_server.wait(forking_server.start([*words, "seed=0,1", *more], workplace, said))
        return code, said.read_text()

    code, told = train()
    assert code == 1
    assert told.splitlines()[-1] == "1 done, 1 failed"
    assert f"{CELL}-seed1: failed: IsADirectoryError" in told
    assert f"log: outputs/adhoc/{CELL}-seed1/train.log" in told
    assert "Traceback" in (obstacle.parent / "train.log").read_text()
    obstacle.rmdir()
    code, told = train("grid.retry=none")
    assert code == 1
    assert "left as they failed" in told
    assert train("grid.retry=failed")[0] == 0
    done = json.loads((obstacle.parent / "card.json").read_text())
    code, told = train("grid.retry=all")
    assert code == 0, told
    assert "2 to train, 0 done" in told
    again = json.loads((obstacle.parent / "card.json").read_text())
    assert again["adapter"] == done["adapter"]
    assert json.loads((obstacle.parent / "earlier" / "1" / "card.json").read_text()) == done
