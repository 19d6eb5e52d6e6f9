"""A grid of tiny cells under fire: killed at random, short of memory and disk, with an error, without its launcher.

The command is repeated until every cell is done; then each adapter must have the bits of an undisturbed grid's, with
nothing trained twice and nothing lost. Short form: tests/grid/test_faults.py.

    python -m benchmarks.faults --faults 120 --output benchmarks/results/faults.json
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import os
import random
import resource
import signal
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from tests.grid.forking import Forking, forking
from tests.tiny import make_fixed_data, make_llama

CELLS = 13
BROKEN, SMALL_DISK = 3, 5  # the cells that meet an obstacle until it is taken away
OBSTACLES = 2
FAULTS_A_TRIAL = 35


@dataclass
class Faults:
    """What is done to a grid, and what was seen of it."""

    chance: random.Random
    done: Counter[str] = field(default_factory=Counter)
    commands: int = 0
    orphans: int = 0
    finished: dict[str, tuple[int, int]] = field(default_factory=dict)
    trained_twice: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        return sum(self.done.values())


@dataclass(frozen=True)
class Place:
    """A folder in which a grid is trained, and the words that do it."""

    server: Forking
    path: Path
    words: list[str]

    @property
    def outputs(self) -> Path:
        return self.path / "outputs" / "adhoc"

    def cell(self, seed: int) -> Path:
        return self.outputs / f"smollm2-135m-lora-iio-seed{seed}"

    def start(self) -> int:
        return self.server.start(self.words, self.path, self.path / "said.txt")

    def train(self) -> int:
        return self.server.wait(self.start())


def words(model: Path, data: Path, cells: int = CELLS, steps: int = 16) -> list[str]:
    """A grid of cells that differ in their seeds, which save themselves at every step."""
    seeds = ",".join(map(str, range(cells)))
    return [
        *("-m", f"base.path={model}", f"paths.data={data}", f"seed={seeds}", "tracker=none", "trainer=cpu"),
        *("train.cutoff=256", "train.overlength=truncate", "train.validation_records=2", "train.validations=1"),
        *("train.batch_size=2", f"trainer.max_steps={steps}", "train.checkpoint_steps=1", "method.dropout=0.3"),
        *("optimizer.lr=0.01", "grid.parallel=2"),
    ]


def results(place: Place, cells: int = CELLS) -> dict[int, tuple[str, str, float]]:
    """What two grids must agree on to the bit: the adapters, the histories but for speed, the held-out losses."""
    found = {}
    for seed in range(cells):
        folder = place.cell(seed)
        if not (folder / "done.json").is_file():
            continue
        adapter = hashlib.sha256((folder / "adapter" / "adapter_model.safetensors").read_bytes()).hexdigest()
        with (folder / "metrics.csv").open(newline="") as stream:
            rows = [{k: v for k, v in row.items() if k != "tokens_per_second"} for row in csv.DictReader(stream)]
        history = hashlib.sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest()
        found[seed] = adapter, history, json.loads((folder / "card.json").read_text())["figures"]["val_loss"]
    return found


@contextmanager
def obstacles(place: Place) -> Iterator[bool]:
    """A cell that can't write its history, and one on a disk of 300 KB, if one may be mounted here (yields whether)."""
    (place.cell(BROKEN) / "metrics.csv").mkdir(parents=True)
    disk = place.cell(SMALL_DISK)
    disk.mkdir(parents=True)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "none", disk], capture_output=True).returncode
    try:
        yield mounted == 0
    finally:
        if mounted == 0:
            _moved_off(disk)
        (place.cell(BROKEN) / "metrics.csv").rmdir()


def _moved_off(disk: Path) -> None:
    """What lies on a small disk, in the folder that it was mounted on."""
    with tempfile.TemporaryDirectory() as kept:
        subprocess.run(["cp", "-a", f"{disk}/.", kept], check=True)
        subprocess.run(["umount", disk], check=True)
        subprocess.run(["cp", "-a", f"{kept}/.", disk], check=True)


def disturb(place: Place, faults: Faults, most: int) -> None:
    """Trains, with up to so many faults in all, until the command has ended by itself or by one of them."""
    launcher = place.start()
    faults.commands += 1
    cells: list[psutil.Process] = []
    while _alive(launcher):
        # Half of the faults come within the steps, the others wherever the time falls: while a cell loads, at its end.
        if faults.chance.random() < 0.5:
            _wait_for_a_step(place, launcher)
        time.sleep(faults.chance.uniform(0.05, 0.8))
        _note_finished(place, faults)
        cells = _children(launcher)
        if faults.count >= most or not cells:
            continue
        kind = faults.chance.choices([*FAULTS, "launcher killed", "launcher stopped"], [8, 2, 2, 2, 1, 1])[0]
        if kind == "launcher killed":
            os.kill(launcher, signal.SIGKILL)
        elif kind == "launcher stopped":
            os.kill(launcher, signal.SIGINT)
        elif not FAULTS[kind](faults.chance.choice(cells)):
            continue
        faults.done[kind] += 1
        if kind.startswith("launcher"):
            break
    place.server.wait(launcher)
    faults.orphans += len(psutil.wait_procs([one for one in cells if one.is_running()], timeout=5)[1])
    _note_finished(place, faults)


def _wait_for_a_step(place: Place, launcher: int, most: float = 30.0) -> None:
    """Until some cell has written to its history, for so many seconds at most."""
    before, end = _written(place), time.monotonic() + most
    while _written(place) <= before and _alive(launcher) and time.monotonic() < end:
        time.sleep(0.01)


def _written(place: Place) -> int:
    return sum(file.stat().st_size for file in place.outputs.glob("*/metrics.csv") if file.is_file())


def _killed(cell: psutil.Process) -> bool:
    return _sent(cell, signal.SIGKILL)


def _terminated(cell: psutil.Process) -> bool:
    return _sent(cell, signal.SIGTERM)


def _sent(cell: psutil.Process, number: int) -> bool:
    try:
        os.kill(cell.pid, number)
    except ProcessLookupError:
        return False
    return True


def _short_of_memory(cell: psutil.Process) -> bool:
    """From now on it can't have any more memory than it has."""
    return _limited(cell, resource.RLIMIT_AS, lambda: cell.memory_info().vms)


def _short_of_disk(cell: psutil.Process) -> bool:
    """From now on no file of it can grow beyond some bytes, as under a quota."""
    return _limited(cell, resource.RLIMIT_FSIZE, lambda: 2000)


def _limited(cell: psutil.Process, what: int, most: Any) -> bool:
    try:
        resource.prlimit(cell.pid, what, (most(), resource.RLIM_INFINITY))
    except (ProcessLookupError, psutil.NoSuchProcess):
        return False
    return True


FAULTS = {
    "killed": _killed,
    "asked to stop": _terminated,
    "out of memory": _short_of_memory,
    "out of disk": _short_of_disk,
}


def _children(launcher: int) -> list[psutil.Process]:
    try:
        return psutil.Process(launcher).children()
    except psutil.NoSuchProcess:
        return []


def _alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _note_finished(place: Place, faults: Faults) -> None:
    """Sees whether a cell that is done stays as it is."""
    for file in place.outputs.glob("*/done.json"):
        found = file.stat().st_mtime_ns, (file.parent / "adapter").stat().st_mtime_ns
        if faults.finished.setdefault(file.parent.name, found) != found:
            faults.trained_twice.append(file.parent.name)


def trial(server: Forking, folder: Path, train: list[str], most: int, seed: int = 0) -> dict[str, Any]:
    """An undisturbed grid beside a disturbed one, and what is to be said of both."""
    calm, shaken = Place(server, folder / "calm", train), Place(server, folder / "shaken", train)
    for place in (calm, shaken):
        place.path.mkdir(parents=True)
    started = time.monotonic()
    code = calm.train()
    calm_seconds, faults = time.monotonic() - started, Faults(random.Random(seed))
    started = time.monotonic()
    with obstacles(shaken) as small_disk:
        while faults.count + OBSTACLES < most and len(faults.finished) < CELLS - OBSTACLES:
            disturb(shaken, faults, most - OBSTACLES)
        blocked = shaken.train()
        _note_finished(shaken, faults)
    last = shaken.train()
    _note_finished(shaken, faults)
    return {
        "cells": CELLS,
        "faults": dict(faults.done) | {"an error in a cell": 1, "a small disk": int(small_disk)},
        "commands": faults.commands + 2,
        "exit_codes": {"undisturbed": code, "with the obstacles": blocked, "at the end": last},
        "done": len(list(shaken.outputs.glob("*/done.json"))),
        "alike": len(results(calm).items() & results(shaken).items()),
        "trained_twice": faults.trained_twice,
        "orphans": faults.orphans,
        "seconds": {"undisturbed": round(calm_seconds, 1), "disturbed": round(time.monotonic() - started, 1)},
        "load": os.getloadavg()[0],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faults", type=int, default=120)
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, forking() as server:
        model, data = make_llama(Path(folder) / "tiny"), make_fixed_data(Path(folder) / "data")
        said: list[dict[str, Any]] = []
        while sum(sum(one["faults"].values()) for one in said) < options.faults:
            place = Path(folder) / str(len(said))
            said.append(trial(server, place, words(model, data), FAULTS_A_TRIAL, seed=len(said)))
            print(json.dumps(said[-1]), flush=True)
            if options.output:
                report = {"faults": sum(sum(one["faults"].values()) for one in said), "trials": said}
                options.output.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
