"""What the grid itself costs: planning 500 cells, and starting one, beside what its process needs anyway.

    OMP_NUM_THREADS=1 python -m benchmarks.grid_overhead

The 500 cells are 10 choices of method and data times 50 learning rates. Each is composed, checked against the files of
its base, its data and its folder, and listed. The cells of the second part are programs that end at once: what is left
is what the launcher takes from a cell's turn to its process, and from its end to the next one's turn.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
import tempfile
import time
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from hackmentor.cell.folder import CellFolder
from hackmentor.config.compose import CommandRequest, compose_grid, hydra_initialized
from hackmentor.grid.devices import GpuSlots
from hackmentor.grid.progress_display import ProgressDisplay
from hackmentor.grid.runner import CellRunner, CellTask
from hackmentor.grid.schedule import schedule_cells
from hackmentor.grid.tables import print_schedule
from tests.tiny import make_data, make_llama

RATES = ",".join(f"{number}e-5" for number in range(1, 51))
SWEEP = ("data=iio,turn", "method=lora,rslora,dora,pissa,full", "quant=none", "method.dropout=0")
CELL = """
import sys
from pathlib import Path
folder = Path(sys.argv[1])
(folder / "card.json").write_text('{"figures": {"val_loss": 1.0}}')
(folder / "done.json").write_text("{}")
"""


def planned(model: Path, data: Path) -> dict[str, Any]:
    """Seconds from the words to the table of a grid of 500 cells."""
    words = (*SWEEP, f"optimizer.lr={RATES}", f"base.path={model}", f"paths.data={data}", "tracker=none")
    request = CommandRequest("train", words, multirun=True)
    with hydra_initialized(request) as hydra:
        started, processor = time.perf_counter(), time.process_time()
        grid = compose_grid(hydra, request)
        composed = time.process_time()
        cells = schedule_cells(grid.cells, grid.cells[0].config.grid)
        with redirect_stdout(io.StringIO()):
            print_schedule(cells, grid.impossible)
    return {
        "cells": len(cells),
        "seconds": round(time.perf_counter() - started, 2),
        "processor_seconds": round(time.process_time() - processor, 2),
        "of_them_composing": round(composed - processor, 2),
    }


def launched(folder: Path, count: int = 30) -> dict[str, Any]:
    """Seconds a cell, of programs that end at once, by the runner and alone."""
    program = folder / "cell.py"
    program.write_text(CELL)
    tasks = [_task(folder / str(number), program) for number in range(count)]
    started = time.perf_counter()
    with redirect_stdout(io.StringIO()), ProgressDisplay() as watch:
        failures = CellRunner(tasks, GpuSlots([], [0], 1), watch, fail_fast=False).run()
    by_runner = (time.perf_counter() - started) / count
    assert not failures
    started = time.perf_counter()
    for task in tasks:
        os.waitpid(os.posix_spawn(task.command[0], list(task.command), dict(os.environ)), 0)
    alone = (time.perf_counter() - started) / count
    return {
        "cells": count,
        "by_the_launcher": round(by_runner, 3),
        "process_alone": round(alone, 3),
        "added": round(by_runner - alone, 3),
    }


def _task(folder: Path, program: Path) -> CellTask:
    return CellTask(folder.name, CellFolder(folder), [sys.executable, str(program), str(folder)], 0, 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=Path("benchmarks/results/grid_overhead.json"))
    output = parser.parse_args().output.resolve()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model, data = make_llama(folder / "tiny"), make_data(folder / "data")
        os.chdir(folder)
        report = {"planning": planned(model, data), "seconds_a_cell": launched(folder)}
    report |= {"cores": os.cpu_count(), "load": round(os.getloadavg()[0], 1)}
    print(json.dumps(report, indent=2))
    output.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
