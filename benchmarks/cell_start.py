"""What a cell costs before its first optimizer step is over: `hackmentor train` with trainer.max_steps=1, in parts.

    hackmentor fetch base=smollm2 size=135m && hackmentor data data=iio
    python -m benchmarks.cell_start                    # writes benchmarks/results/cell_start.json
    python -m benchmarks.cell_start quant=nf4          # other overrides of `hackmentor train`

The command itself runs, in a process of its own each time, `--rounds` times; shown are the medians, in seconds of the
clock and, for a machine that others use too, of the processor (of all threads of that process). Its first step is shown
apart: it is work, not cost. A cell of a grid starts in the same way (hackmentor/grid/process_launcher.py). The first
round on a machine encodes the records and quantises the base: run it twice.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from hackmentor.runtime.files import write_json

RESULTS = Path(__file__).parent / "results" / "cell_start.json"
WORDS = (
    "base=smollm2",
    "size=135m",
    "data=iio",
    "trainer=cpu",
    "tracker=wandb",
    "trainer.max_steps=1",
    "train.batch_size=1",
)

# What `train_cell` calls besides the tracker and the imports, by what it is for. What is left is "the rest": folders,
# hashes, the Trainer's own start.
PARTS = {
    "load_base_template": "tokenizer",
    "_build_data_module": "encoding",
    "_build_trainer": "trainer",
    "load_base": "model, quantised",
    "add_lora": "adapter",
}

# Seconds of the clock and of the processor.
Seconds = tuple[float, float]
Context = Callable[[], AbstractContextManager[None]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    asked, words = parser.parse_known_args()
    if asked.child:
        _run(asked.child, words)
    rounds = [_round(words) for _ in range(asked.rounds)]
    kinds = {"seconds": 0, "processor_seconds": 1}
    result = {
        "words": [*WORDS, *words],
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 2),
        **{kind: {name: _median(rounds, name, place) for name in rounds[-1]} for kind, place in kinds.items()},
    }
    print(json.dumps(result, indent=2))
    write_json(RESULTS, result)


def _median(rounds: Sequence[dict[str, Seconds]], name: str, place: int) -> float:
    return round(statistics.median(part[name][place] for part in rounds), 2)


def _round(words: list[str]) -> dict[str, Seconds]:
    with tempfile.TemporaryDirectory() as folder:
        times = Path(folder, "times.json")
        command = [sys.executable, "-m", "benchmarks.cell_start", "--child", str(times), f"paths.outputs={folder}"]
        began = time.time()
        done = subprocess.run([*command, *WORDS, *words], env=os.environ | {"WANDB_MODE": "offline"}, check=False)
        if not times.exists():
            sys.exit(done.returncode or 1)
        stamps: dict[str, Any] = json.loads(times.read_text())
    parts: dict[str, Seconds] = {name: (wall, processor) for name, (wall, processor) in stamps["parts"].items()}
    clock, processor = stamps["task"]
    parts["interpreter, configuration"] = (clock - began, processor)
    clock, processor = stamps["first step began"]
    known = [sum(part) for part in zip(*parts.values(), strict=True)]
    parts["the rest"] = (clock - began - known[0], processor - known[1])
    parts["in all, to the beginning of the first step"] = (clock - began, processor)
    parts["first step"] = _since(stamps["first step began"], stamps["first step ended"])
    return parts


def _run(times: Path, words: list[str]) -> None:
    """`hackmentor train` in this process, with a clock on its parts; ends with its first step."""
    from hackmentor.track import tracked_run
    from hackmentor.train import __main__ as command
    from hackmentor.train import train_cell

    stamps: dict[str, Any] = {"parts": {}}
    train_logged = command.train_logged

    def train_timed(config: Any) -> float:
        stamps["task"] = _now()
        _time(tracked_run, "_start_run", "tracker", stamps["parts"])
        train_cell.gc_paused_for_imports = partial(_imports, train_cell.gc_paused_for_imports, stamps, times)
        return train_logged(config)

    command.train_logged = train_timed
    sys.exit(command.main(words))


@contextmanager
def _imports(heavy_imports: Context, stamps: dict[str, Any], times: Path) -> Iterator[None]:
    began = _now()
    with heavy_imports():
        yield
    stamps["parts"]["imports"] = _since(began, _now())
    cell, module = import_module("hackmentor.train.fit_cell"), import_module("hackmentor.train.module")
    for function, part in PARTS.items():
        _time(cell, function, part, stamps["parts"])
    module.FineTune.training_step = _ending(module.FineTune.training_step, stamps, times)


def _time(module: ModuleType, function: str, part: str, parts: dict[str, Seconds]) -> None:
    act = getattr(module, function)

    @functools.wraps(act)
    def timed(*words: Any, **named: Any) -> Any:
        began = _now()
        try:
            return act(*words, **named)
        finally:
            parts[part] = _since(began, _now())

    setattr(module, function, timed)


def _now() -> Seconds:
    return time.time(), time.process_time()


def _since(began: Seconds, ended: Seconds) -> Seconds:
    return ended[0] - began[0], ended[1] - began[1]


def _ending(step: Callable[..., None], stamps: dict[str, Any], times: Path) -> Callable[..., None]:
    def first(*words: Any) -> None:
        stamps["first step began"] = _now()
        step(*words)
        stamps["first step ended"] = _now()
        write_json(times, stamps)
        os._exit(0)  # nothing after it is measured, and a tracker would say goodbye for seconds

    return first


if __name__ == "__main__":
    main()
