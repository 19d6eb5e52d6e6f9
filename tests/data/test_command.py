"""The verb `data`: where it may write, and one process at a time."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hackmentor.cli import main
from hackmentor.runtime.lock import lock_passed_to_child

WORDS = ["data", "data=iio", "data.sources=[./mine.jsonl]"]


@pytest.fixture
def mine(workplace: Path) -> Path:
    lines = [
        f'{{"instruction": "Explain item {n} of list {n * n}.", "input": "", "output": "Item {n} is a thing."}}\n'
        for n in range(40)
    ]
    (workplace / "mine.jsonl").write_text("".join(lines))
    return workplace


def test_two_builds_of_one_data_set_do_not_mix(mine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with lock_passed_to_child(mine / "data/iio/build.lock"):
        assert main(WORDS) == 2
    assert f"data/iio is being built by process {os.getpid()}" in capsys.readouterr().err
    assert [file.name for file in (mine / "data/iio").iterdir()] == ["build.lock"]
    assert main(WORDS) == 0


@pytest.mark.parametrize("place", ["data", "data/iio"])
def test_a_file_in_the_place_of_a_folder_is_named(place: str, mine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (mine / place).parent.mkdir(exist_ok=True)
    (mine / place).write_text("x")
    assert main(WORDS) == 2
    assert f"hackmentor data: {place}" in capsys.readouterr().err
    assert (mine / place).read_text() == "x"
