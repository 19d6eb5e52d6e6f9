"""One process at a time trains a cell."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hackmentor.cli import main
from hackmentor.errors import UserError
from hackmentor.lock import first_process, locked, refusal
from tests.test_cli import light

HOLD = """
import sys, time
from pathlib import Path
from hackmentor.lock import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


def test_the_second_process_is_told_of_the_first_until_that_is_killed(tmp_path: Path) -> None:
    file = tmp_path / "cell" / "train.lock"
    with subprocess.Popen([sys.executable, "-c", HOLD, str(file)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        expected = rf"{file.parent} is being trained by process {holder.pid} on .* since 20.*; wait for it"
        with pytest.raises(UserError, match=expected), locked(file):
            pass
        assert (refusal(file) or "").startswith(f"{file.parent} is being trained")
        holder.send_signal(signal.SIGKILL)
    with locked(file):
        assert f'"pid": {os.getpid()}' in file.read_text()
    assert refusal(file) is None


def test_a_cell_that_is_being_trained_is_refused_before_torch(workplace: Path, tiny_words: list[str]) -> None:
    cell = workplace / "outputs" / "adhoc" / "smollm2-135m-lora-iio"
    with locked(cell / "train.lock"):
        done = light("train", *tiny_words, cwd=workplace)
    assert done.returncode == 2, done.stderr
    assert f"is being trained by process {os.getpid()}" in done.stderr
    assert [file.name for file in cell.iterdir()] == ["train.lock"]


def test_a_grid_goes_on_with_the_cells_that_no_one_trains(
    workplace: Path, tiny_words: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    folder = workplace / "outputs" / "adhoc"
    with locked(folder / "smollm2-135m-lora-iio" / "train.lock"):
        assert main(["train", "-m", *tiny_words, "tracker=none", "data=iio,turn"]) == 1
    assert not (folder / "smollm2-135m-lora-iio" / "done.json").exists()
    assert (folder / "smollm2-135m-lora-turn" / "done.json").is_file()
    assert f"is being trained by process {os.getpid()}" in " ".join(capfd.readouterr().out.split())


@pytest.mark.parametrize("variable", ["RANK", "LOCAL_RANK", "NODE_RANK", "SLURM_PROCID"])
def test_the_first_process_of_several_holds_the_lock_for_all(
    variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "0")
    assert first_process()
    with locked(tmp_path / "train.lock"):
        monkeypatch.setenv(variable, "1")
        assert not first_process()
        with locked(tmp_path / "train.lock"):
            pass
