"""Cells side by side, here programs that are no trainings: how they are started, stopped and not left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from hackmentor.cell.folder import CellFolder
from hackmentor.cell.state import read_cell_state
from hackmentor.grid.devices import GpuSlots
from hackmentor.grid.progress_display import ProgressDisplay
from hackmentor.grid.runner import CellRunner, CellTask
from hackmentor.runtime.lock import LockHeldError, describe_lock_holder, lock_held

# A cell: holds its lock, has a second process as with two devices, tells what it sees, and does as it is told.
CELL = """
import json, os, signal, subprocess, sys, time
from pathlib import Path
from hackmentor.runtime.lock import lock_held
from hackmentor.runtime.signals import killed_with_parent
folder, what = Path(sys.argv[1]), sys.argv[2]
def stop(number, frame):
    (folder / "saved").touch()
    os._exit(143)
with killed_with_parent():
    if what == "rank":
        time.sleep(600)
    with lock_held(folder / "train.lock"):
        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, signal.SIG_IGN if what == "deaf" else stop)
        seen = {name: os.environ.get(name) for name in ("CUDA_VISIBLE_DEVICES", "OMP_NUM_THREADS", "MASTER_PORT")}
        while what == "fail later" and not (folder.parent / "a" / "pids").exists():
            time.sleep(0.01)
        if what in ("fail", "fail later"):
            raise SystemExit("no luck")
        if what == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        if what in ("long", "deaf"):
            rank = subprocess.Popen([sys.executable, __file__, str(folder), "rank"])
            (folder / "pids").write_text(f"{os.getpid()} {rank.pid}")
            time.sleep(600)
        begun = time.time()
        time.sleep(0.3)
        (folder / "seen.json").write_text(json.dumps({**seen, "begun": begun, "ended": time.time()}))
        (folder / "card.json").write_text('{"figures": {"val_loss": 1.5}}')
        (folder / "done.json").write_text("{}")
"""

# A launcher: runs the cells of its command line, NAME=WHAT.
LAUNCHER = """
import sys
from pathlib import Path
from hackmentor.runtime.errors import StoppedError
from hackmentor.grid.devices import GpuSlots
from hackmentor.grid.runner import CellRunner, CellTask
from hackmentor.grid.progress_display import ProgressDisplay
from hackmentor.cell.folder import CellFolder
def task(word):
    name, _, what = word.partition("=")
    folder = CellFolder(Path(name).resolve())
    return CellTask(name, folder, [sys.executable, "cell.py", str(folder.path), what], 0, 1)
tasks = [task(word) for word in sys.argv[1:]]
try:
    with ProgressDisplay() as display:
        CellRunner(tasks, GpuSlots([], [0], 2), display, fail_fast=False).run()
except StoppedError as stopped:
    sys.exit(stopped.exit_code)
"""


@pytest.fixture
def place(workplace: Path) -> Path:
    (workplace / "cell.py").write_text(CELL)
    (workplace / "launcher.py").write_text(LAUNCHER)
    return workplace


def task(place: Path, name: str, what: str, gpus: int | None = 0, processes: int = 1) -> CellTask:
    folder = CellFolder(place / name)
    return CellTask(name, folder, [sys.executable, str(place / "cell.py"), str(folder.path), what], gpus, processes)


def run(
    tasks: list[CellTask], parallel: int, gpus: list[str] | None = None, *, fail_fast: bool = False
) -> dict[str, str]:
    slots = GpuSlots(gpus or [], [one.gpus for one in tasks], parallel)
    with ProgressDisplay() as display:
        failures = CellRunner(tasks, slots, display, fail_fast=fail_fast).run()
    return {name: str(error) for name, error in failures.items()}


def seen(place: Path, name: str) -> dict[str, str]:
    return json.loads((place / name / "seen.json").read_text())  # type: ignore[no-any-return]


def launch(place: Path, *words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "launcher.py", *words], cwd=place, stdout=subprocess.DEVNULL)


def until(happened: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.02)


def pids(place: Path, *names: str) -> list[int]:
    until(lambda: all((place / name / "pids").is_file() for name in names))
    until(lambda: all((place / name / "pids").read_text() for name in names))
    return [int(word) for name in names for word in (place / name / "pids").read_text().split()]


def gone(processes: list[int]) -> bool:
    return not any(psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE for pid in processes)


def test_a_cell_that_fails_or_is_killed_harms_no_other(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kinds = {"a": "fail", "b": "fine", "c": "killed", "d": "fine"}
    failures = run([task(place, name, what) for name, what in kinds.items()], parallel=2)
    assert failures.keys() == {"a", "c"}
    assert failures["a"] == "exit code 1: no luck"
    assert "the process was killed (SIGKILL)" in failures["c"]
    states = {name: read_cell_state(CellFolder(place / name)).state for name in kinds}
    assert states == {"a": "failed", "b": "done", "c": "cut off", "d": "done"}
    assert "no luck" in (place / "a" / "train.log").read_text()


def test_cells_at_a_time_have_gpus_threads_and_ports_of_their_own(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    names = ["a", "b", "c"]
    assert run([task(place, name, "fine", 2, 2) for name in names], 2, ["4", "5", "6", "GPU-7"]) == {}
    told = [seen(place, name) for name in names]
    assert {told[0]["CUDA_VISIBLE_DEVICES"], told[1]["CUDA_VISIBLE_DEVICES"]} == {"4,5", "6,GPU-7"}
    assert len({one["MASTER_PORT"] for one in told}) == 3
    processors = len(os.sched_getaffinity(0))
    assert {one["OMP_NUM_THREADS"] for one in told} == {str(max(1, processors // 4))}
    assert float(told[2]["begun"]) >= min(float(told[0]["ended"]), float(told[1]["ended"]))


def test_fail_fast_starts_no_other_and_has_the_running_saved(place: Path) -> None:
    failures = run(
        [task(place, "a", "long"), task(place, "b", "fail later"), task(place, "c", "fine")], 2, fail_fast=True
    )
    assert "another cell failed" in failures["c"]
    assert (place / "a" / "saved").exists()
    assert not (place / "c").exists()
    processes = pids(place, "a")
    until(lambda: gone(processes))


def test_a_cell_that_another_process_trains_is_left_to_it(place: Path) -> None:
    held, done = task(place, "held", "fine"), task(place, "done", "fail")
    done.folder.path.mkdir()
    done.folder.done.write_text("{}")
    with lock_held(held.folder.lock), ProgressDisplay() as watch:
        failures = CellRunner([held, done], GpuSlots([], [0], 1), watch, fail_fast=False).run()
    assert isinstance(failures.pop("held"), LockHeldError)
    assert failures == {}
    assert not held.folder.log.exists()  # not a word in what belongs to the other one


def test_ctrl_c_once_has_every_cell_saved_and_starts_no_other(place: Path) -> None:
    launcher = launch(place, "a=long", "b=long", "c=fine")
    processes = pids(place, "a", "b")
    launcher.send_signal(signal.SIGINT)
    assert launcher.wait(60) == 130
    assert [(place / name / "saved").exists() for name in ("a", "b")] == [True, True]
    assert not (place / "c").exists()
    until(lambda: gone(processes))
    assert describe_lock_holder(place / "a" / "train.lock") is None


def test_ctrl_c_twice_ends_cells_that_do_not_listen(place: Path) -> None:
    launcher = launch(place, "a=deaf", "b=long")
    processes = pids(place, "a", "b")
    launcher.send_signal(signal.SIGINT)
    until(lambda: (place / "b" / "saved").exists())
    assert launcher.poll() is None
    launcher.send_signal(signal.SIGINT)
    assert launcher.wait(60) != 0
    until(lambda: gone(processes))


def test_no_process_is_left_when_the_launcher_is_killed(place: Path) -> None:
    launcher = launch(place, "a=long", "b=deaf")
    processes = pids(place, "a", "b")
    assert len(processes) == 4
    launcher.kill()
    launcher.wait()
    until(lambda: gone(processes))
    assert describe_lock_holder(place / "a" / "train.lock") is None


def test_the_end_of_a_terminal_has_the_cells_saved(place: Path) -> None:
    launcher = launch(place, "a=long")
    processes = pids(place, "a")
    launcher.send_signal(signal.SIGHUP)
    assert launcher.wait(60) == 128 + signal.SIGHUP
    assert (place / "a" / "saved").exists()
    until(lambda: gone(processes))
