"""What a cell costs before its first optimizer step is over: `hackmentor train` with trainer.max_steps=1, in parts.

    hackmentor fetch base=smollm2 size=135m && hackmentor data data=iio
    python -m benchmarks.cell_start                    # writes benchmarks/results/cell_start.json
    python -m benchmarks.cell_start quant=nf4          # other overrides of `hackmentor train`

The command itself runs, in a process of its own each time, `--rounds` times; shown are the medians. Its first step is
shown apart: it is work, not cost. A cell of a grid starts in the same way (hackmentor/grid/launcher.py).
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
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hackmentor.files import write_json

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

# What `train_cell` calls, by what it is for. What is left is "the rest": folders, hashes, the Trainer's own start.
PARTS = {
    "start_run": "tracker", "base_template": "tokenizer", "_data": "encoding", "_trainer": "trainer",
    "load_base": "model, quantised", "add_lora": "adapter",
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    asked, words = parser.parse_known_args()
    if asked.child:
        _run(asked.child, words)
    rounds = [_round(words) for _ in range(asked.rounds)]
    parts = {name: round(statistics.median(part.get(name, 0.0) for part in rounds), 2) for name in rounds[-1]}
    result = {"words": [*WORDS, *words], "cores": os.cpu_count(), "load": os.getloadavg()[0], "seconds": parts}
    print(json.dumps(result, indent=2))
    write_json(RESULTS, result)


def _round(words: list[str]) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        times = Path(folder, "times.json")
        command = [sys.executable, "-m", "benchmarks.cell_start", "--child", str(times), f"paths.outputs={folder}"]
        began = time.time()
        done = subprocess.run([*command, *WORDS, *words], env=os.environ | {"WANDB_MODE": "offline"}, check=False)
        if not times.exists():
            sys.exit(done.returncode or 1)
        stamps: dict[str, Any] = json.loads(times.read_text())
    parts: dict[str, float] = dict(stamps["parts"])
    first = stamps["first step began"] - began
    parts["interpreter, configuration"] = stamps["task"] - began
    parts["the rest"] = first - sum(parts.values())
    return {**parts, "in all, to the beginning of the first step": first, "first step": stamps["first step"]}


def _run(times: Path, words: list[str]) -> None:
    """`hackmentor train` in this process, with a clock on its parts; ends with its first step."""
    from hackmentor.train import __main__ as command

    stamps: dict[str, Any] = {"parts": {}}
    task = command.task

    def timed_task(composed: Any) -> float:
        stamps["task"] = began = time.time()
        from hackmentor.train import cell

        stamps["parts"]["imports"] = time.time() - began
        for name, part in PARTS.items():
            setattr(cell, name, _timed(getattr(cell, name), part, stamps["parts"]))
        cell.FineTune.training_step = _ending(cell.FineTune.training_step, stamps, times)  # type: ignore[method-assign]
        return task(composed)

    command.task = timed_task
    sys.exit(command.main(words))


def _timed(act: Callable[..., Any], part: str, parts: dict[str, float]) -> Callable[..., Any]:
    @functools.wraps(act)
    def timed(*words: Any, **named: Any) -> Any:
        began = time.time()
        try:
            return act(*words, **named)
        finally:
            parts[part] = parts.get(part, 0.0) + time.time() - began

    return timed


def _ending(step: Callable[..., None], stamps: dict[str, Any], times: Path) -> Callable[..., None]:
    def first(*words: Any) -> None:
        stamps["first step began"] = began = time.time()
        step(*words)
        stamps["first step"] = time.time() - began
        write_json(times, stamps)
        os._exit(0)  # nothing after it is measured, and a tracker would say goodbye for seconds

    return first


if __name__ == "__main__":
    main()
