"""One process at a time trains a cell."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hackmentor.runtime.errors import UserError
from hackmentor.runtime.lock import (
    LockHeldError,
    describe_lock_holder,
    lock_held,
    lock_passed_to_child,
)
from hackmentor.runtime.ranks import is_first_process
from tests.test_cli import light

HOLD = """
import sys, time
from pathlib import Path
from hackmentor.runtime.lock import lock_held
with lock_held(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


def test_the_second_process_is_told_of_the_first_until_that_is_killed(tmp_path: Path) -> None:
    file = tmp_path / "cell" / "train.lock"
    with subprocess.Popen([sys.executable, "-c", HOLD, str(file)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        expected = rf"{file.parent} is being trained by process {holder.pid} on .* since 20.*; wait for it"
        with pytest.raises(UserError, match=expected), lock_held(file):
            pass
        assert (describe_lock_holder(file) or "").startswith(f"{file.parent} is being trained")
        holder.send_signal(signal.SIGKILL)
    with lock_held(file):
        assert f'"pid": {os.getpid()}' in file.read_text()
    assert describe_lock_holder(file) is None


def test_a_cell_that_is_being_trained_is_refused_before_torch(workplace: Path, tiny_words: list[str]) -> None:
    cell = workplace / "outputs" / "adhoc" / "smollm2-135m-lora-iio"
    with lock_held(cell / "train.lock"):
        done = light("train", *tiny_words, cwd=workplace)
    assert done.returncode == 2, done.stderr
    assert f"is being trained by process {os.getpid()}" in done.stderr
    assert [file.name for file in cell.iterdir()] == ["train.lock"]


def test_a_lock_is_lent_to_a_process_from_before_it_begins(tmp_path: Path) -> None:
    file = tmp_path / "cell" / "train.lock"
    with lock_passed_to_child(file) as told:
        command, environment = [sys.executable, "-c", HOLD, str(file)], {**os.environ, **told}
        holder = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, close_fds=False)
        with pytest.raises(LockHeldError), lock_passed_to_child(file):
            pass
    assert describe_lock_holder(file) is not None
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        assert f"process {holder.pid} on" in (describe_lock_holder(file) or "")
        holder.kill()
    assert describe_lock_holder(file) is None


def test_a_block_inside_a_block_holds_the_same_lock(tmp_path: Path) -> None:
    file = tmp_path / "train.lock"
    with lock_held(file):
        with lock_held(file):
            pass
        assert describe_lock_holder(file) is not None
    assert describe_lock_holder(file) is None


@pytest.mark.parametrize("variable", ["RANK", "LOCAL_RANK", "NODE_RANK", "SLURM_PROCID"])
def test_the_first_process_of_several_holds_the_lock_for_all(
    variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "train.lock"
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv(variable, "0")
    assert is_first_process()
    with subprocess.Popen([sys.executable, "-c", HOLD, str(file)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        monkeypatch.setenv(variable, "1")
        assert not is_first_process()
        with lock_held(file, ranks_share=True):
            pass
        with pytest.raises(LockHeldError), lock_held(file):  # what one process does alone has no ranks
            pass
        monkeypatch.delenv("WORLD_SIZE")  # a rank that was left behind in a shell
        assert is_first_process()
        with pytest.raises(LockHeldError), lock_held(file, ranks_share=True):
            pass
        holder.kill()


@pytest.mark.parametrize("variable", ["RANK", "LOCAL_RANK", "NODE_RANK", "SLURM_PROCID"])
def test_a_rank_without_others_is_refused(variable: str, workplace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, "1")
    done = light("train", "experiment=embedded", cwd=workplace)
    assert done.returncode == 2
    assert f"`unset {variable}`" in done.stderr
    assert list(workplace.iterdir()) == []
