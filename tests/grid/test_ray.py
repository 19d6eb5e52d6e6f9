"""hydra/launcher=ray on a real Ray, which keeps its token: run where the extra ray is installed."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

pytest.importorskip("ray", reason="pip install 'hackmentor[ray]'")

CELLS = ["smollm2-135m-lora-iio", "smollm2-135m-lora-turn"]


def command(words: list[str]) -> list[str]:
    return [sys.executable, "-m", "hackmentor", "train", "-m", *words, "tracker=none", "quant=none"]


@pytest.fixture
def environment() -> dict[str, str]:
    # What is compared is computed with as many threads.
    return os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(REPOSITORY)}


def adapters(cwd: Path) -> dict[str, str]:
    files = cwd.glob("outputs/adhoc/*/adapter/adapter_model.safetensors")
    return {file.parts[-3]: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def test_a_grid_is_the_same_to_the_bit(tiny_words: list[str], environment: dict[str, str], tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    words = [*tiny_words, "data=iio,turn", "method=lora,rslora"]
    for folder, more in ((here, []), (there, ["hydra/launcher=ray"])):
        subprocess.run(command([*words, *more]), cwd=folder, env=environment, check=True, timeout=600)
    assert len(adapters(here)) == 4
    assert adapters(there) == adapters(here)


def test_a_failing_cell_stops_no_other(tiny_words: list[str], environment: dict[str, str], tmp_path: Path) -> None:
    words = [word for word in tiny_words if not word.startswith("train.overlength")]
    words += ["name='${data.name}-${train.overlength}'", "train.overlength=error,truncate", "hydra/launcher=ray"]
    done = subprocess.run(command(words), cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=600)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "over train.cutoff=256" in " ".join(done.stdout.split())
    assert list(adapters(tmp_path)) == ["iio-truncate"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_grid_that_is_stopped_leaves_no_process(
    tiny_words: list[str], environment: dict[str, str], tmp_path: Path, number: signal.Signals
) -> None:
    words = [*tiny_words, "data=iio,turn", "trainer.max_epochs=3000", "hydra/launcher=ray"]
    folders = [tmp_path / "outputs" / "adhoc" / name for name in CELLS]
    with subprocess.Popen(command(words), cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL) as grid:
        while grid.poll() is None and not (folders[0] / "metrics.csv").is_file():
            time.sleep(0.05)
        heard = listening(grid.pid)
        grid.send_signal(number)
        code = grid.wait(timeout=120)
    assert heard
    assert [address for address in heard if not address.is_loopback] == []
    assert code == (130 if number == signal.SIGINT else -number)
    if number == signal.SIGINT:
        assert list(folders[0].glob("checkpoints/step=*.json")), "the cell was not asked to save itself"
    end = time.monotonic() + 30
    while left := processes_of(tmp_path):
        assert time.monotonic() < end, left
        time.sleep(0.2)


def listening(pid: int) -> list[IPv4Address | IPv6Address]:
    """The addresses on which a process and all that it started can be called."""
    import psutil

    grid = psutil.Process(pid)
    sockets = [one for process in (grid, *grid.children(recursive=True)) for one in process.net_connections("inet")]
    found = [ip_address(one.laddr.ip) for one in sockets if one.status == psutil.CONN_LISTEN]
    return [getattr(address, "ipv4_mapped", None) or address for address in found]


def processes_of(cwd: Path) -> list[str]:
    """The cells that still run in a working directory."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            said = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            if (process / "cwd").resolve() == cwd.resolve() and "hackmentor.train" in said:
                found.append(said)
        except OSError:
            continue
    return found
