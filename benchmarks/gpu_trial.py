"""What a GPU shows in under nine minutes: is it right, how fast, and how much memory does it take beside the plan's.

    python -m benchmarks.gpu_trial                                  # writes benchmarks/results/gpu_trial.json
    python -m benchmarks.gpu_trial --geometry tiny --device cpu     # seconds on a processor: shows that it runs

First the checks of `gpu_checks.py`, then speed, the most telling first: Llama's geometry at 7B and 13B with random
weights (nothing is fetched), LoRA rank 8 on q and v, bf16 with weights in int8, nf4 or bf16, all activations kept and
layers computed again; 16 records a step of 128 to 1,024 tokens, half of them trained on, 2,048 tokens at once. TRL,
where it is installed, at its best (packing, no recomputation, Liger's kernels and padding-free batches where they run)
and with its defaults. Shown are tokens a second, model FLOP utilisation (`limit.flop_a_token`, over the peak named
with it: dense bf16 of the data sheet, or the measured rate of matrix products), peak memory and the plan's. Results
are written after each measurement; what the time does not suffice for is listed. Needs neither Hydra nor W&B. Exit code
1 if a check is not right. Run it alone on the device: peaks count all that is held there.
"""

from __future__ import annotations

import argparse
import gc
import importlib.util
import os
import random
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from rich.console import Console
from rich.table import Table

from benchmarks.contestants import Contestant, ours, trl, turns
from benchmarks.gpu_checks import run_checks
from benchmarks.limit import flop_a_token, product_rate
from benchmarks.random_llama import GEOMETRY, random_llama, word_template
from hackmentor.model.config_geometry import read_geometry
from hackmentor.model.cuda.liger import find_liger_obstacle
from hackmentor.records.record import Record, write_records
from hackmentor.runtime.files import write_json
from hackmentor.train.datamodule import RecordsDataModule
from hackmentor.train.memory_model.memory import compute_peak_memory
from hackmentor.train.memory_model.training_setup import TrainingSetup

RESULTS = Path(__file__).parent / "results" / "gpu_trial.json"

# Dense bf16 FLOP/s of the data sheets, by a word of the device's name.
PEAKS = {"H200": 989e12, "H100": 989e12, "A100": 312e12, "L40S": 362e12, "RTX 4090": 165e12, "L4": 121e12}
TARGETS = ("q_proj", "v_proj")
OURS = {"ours": False, "ours, layers computed again": True}
TRL = {
    "TRL at its best": {"packing": True, "gradient_checkpointing": False},
    "TRL": {"packing": False},
}
# Seconds that are left for the last measurement to end in.
RESERVE = 20.0


def data_module(records: int, at_once: int, longest: int) -> RecordsDataModule:
    """Records of 128 tokens up to the longest, in words that are tokens."""
    draw = random.Random(0)
    made = []
    for number in range(records):
        half = draw.randint(min(128, longest // 2), longest - 24) // 2
        question, answer = (" ".join(f"t{draw.randrange(30_000)}" for _ in range(half)) for _ in range(2))
        name = f"r{number}"
        made.append(
            Record(name, "iio", "random", name, "1", "CC0-1.0", "people", "answer", instruction=question, output=answer)
        )
    with TemporaryDirectory() as folder:
        file = Path(folder, "train.jsonl")
        write_records(file, made)
        return RecordsDataModule(
            file, file, word_template(), batch_size=16, micro_batch_tokens=at_once, cutoff=longest, overlength="error",
            max_records=None, validation_records=1, epochs=1, max_steps=-1, seed=0,
        )  # fmt: skip


def list_measurements(geometries: list[str], quants: list[str], names: list[str]) -> Iterator[tuple[str, str, str]]:
    """Geometry, quantisation and contestant, in the order of what they tell: ours in each geometry before TRL's."""
    for kind in (OURS, TRL):
        for geometry in geometries:
            for quant in quants:
                yield from ((geometry, quant, name) for name in kind if name in names)


def measure(
    geometry: str, quant: str, name: str, device: torch.device, data: tuple[RecordsDataModule, RecordsDataModule],
    rounds: int,
) -> dict[str, Any]:  # fmt: skip
    """One contestant, alone on the device, so that a peak is that of one model; `data` is warmed up with the second."""
    model = random_llama(geometry, quant, device, torch.bfloat16)
    flop, peak = flop_a_token(model, data[0]), _peak(device) or product_rate(model, data[0])
    found = {"geometry": geometry, "quant": quant, "contestant": name, "gflop_a_token": flop / 1e9, "peak_flops": peak}
    entrant: Contestant
    if name in OURS:
        entrant = ours(model, "bf16-mixed", recomputes=OURS[name])
        found |= plan_memory(model.config.to_dict(), quant, device, data[0], recomputes=OURS[name])
    else:
        entrant = trl(model, "bf16", word_template().tokenizer, **_trl_settings(name, device))
    try:
        taken = turns({name: entrant}, *data, rounds)[name]
    except torch.OutOfMemoryError:
        return found | {"out_of_memory": True}
    speed = data[0].report.tokens / statistics.median(turn.seconds for turn in taken)
    return found | {
        "tokens_a_second": speed, "flop_utilisation": speed * flop / peak, "loss": taken[-1].loss,
        "peak_gib": max(turn.peak_mb for turn in taken) * 1e6 / 2**30,
        "halved_to_tokens": taken[-1].max_tokens,
    }  # fmt: skip


def _trl_settings(name: str, device: torch.device) -> dict[str, Any]:
    """TRL's switches for Liger's kernels and padding-free batches need a GPU."""
    more = {"use_liger_kernel": True} if find_liger_obstacle() is None else {}
    return TRL[name] | (more if device.type == "cuda" and name != "TRL" else {})


def plan_memory(
    config: dict[str, Any], quant: str, device: torch.device, data: RecordsDataModule, *, recomputes: bool
) -> dict[str, float]:
    """The plan's peak for these packs, in GiB, and what torch measures of it: on a GPU no context and no allocator."""
    on_gpu = device.type == "cuda"
    setup = TrainingSetup(
        read_geometry(config, "the geometry"), quant, "bf16-mixed", 8, TARGETS, 0.0, on_gpu, recomputes=recomputes  # type: ignore[arg-type]
    )  # fmt: skip
    steps = [step.packs for step in data.train_dataloader()]
    packs = [pack.size for step in steps for pack in step]
    memory = compute_peak_memory(setup, packs, accumulates=any(len(step) > 1 for step in steps))
    tensors = memory.total - (memory.framework + memory.allocator if on_gpu else 0)
    return {"planned_gib": memory.total / 2**30, "planned_tensors_gib": tensors / 2**30}


def _peak(device: torch.device) -> float | None:
    if device.type == "cpu":
        return None
    return next((peak for word, peak in PEAKS.items() if word in torch.cuda.get_device_name(device)), None)


def show(found: dict[str, Any]) -> None:
    """The checks, and a row for each measurement."""
    for name, check in found["checks"].items():
        print(f"{'right' if check['right'] else 'WRONG'}: {name} {check.get('error', '')}")
    table = Table("", "", "", "tokens/s", "utilisation", "peak, GiB", "planned", "loss")
    for of in found["measurements"]:
        cells = [of["geometry"], of["quant"], of["contestant"]]
        if "tokens_a_second" in of:
            planned = f"{of['planned_tensors_gib']:.1f}" if "planned_gib" in of else ""
            cells += [f"{of['tokens_a_second']:,.0f}", f"{of['flop_utilisation']:.1%}", f"{of['peak_gib']:.1f}"]
            cells += [planned, f"{of['loss']:.3f}"]
            if of["halved_to_tokens"] is not None:
                cells[2] += f", out of memory: {of['halved_to_tokens']} tokens at once"
        else:
            cells += ["out of memory" if "out_of_memory" in of else of["error"][:40]]
        table.add_row(*cells)
    Console().print(table)
    for left in found["left_out"]:
        print(f"left out: {left}")


def run(asked: argparse.Namespace) -> dict[str, Any]:
    """All checks and measurements for which there is time; the results so far are written after each."""
    began, device = time.monotonic(), torch.device(asked.device)
    budget = 60 * asked.minutes
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else f"{os.cpu_count()} cores"
    found: dict[str, Any] = {
        "device": name, "torch": torch.__version__, "liger": find_liger_obstacle() or "used", "checks": {},
        "measurements": [], "left_out": [],
    }  # fmt: skip
    longest = 128 if asked.geometry == ["tiny"] else 1024
    small = data_module(48, 256, 128)
    for check, result in run_checks(device, asked.quant, small, seconds=budget / 4):
        found["checks"][check] = result
        write_json(asked.output, found)
    has_trl = importlib.util.find_spec("trl") is not None
    names = [*OURS, *(TRL if has_trl else ())]
    found["left_out"] += [] if has_trl else ["TRL is not installed (pip install '.[bench]')"]
    slowest = 0.0
    for geometry, quant, contestant in list_measurements(asked.geometry, asked.quant, names):
        started = time.monotonic()
        if started - began + slowest + RESERVE > budget:
            found["left_out"].append(f"{geometry}, {quant}, {contestant}: no time left")
            continue
        gc.collect()
        torch.cuda.empty_cache()
        try:
            # Anew for each: what has been fitted has no steps left in its epoch.
            data = data_module(asked.records, 2 * longest, longest), data_module(4, 2 * longest, longest)
            result = measure(geometry, quant, contestant, device, data, asked.rounds)
        except Exception as error:  # one that fails leaves time for the others
            result = {"geometry": geometry, "quant": quant, "contestant": contestant}
            result["error"] = f"{type(error).__name__}: {error}"[:500]
        found["measurements"].append(result | {"seconds": time.monotonic() - started})
        slowest = max(slowest, time.monotonic() - started)
        write_json(asked.output, found)
    write_json(asked.output, found)
    return found


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--geometry", nargs="+", choices=sorted(GEOMETRY), default=["7b", "13b"])
    parser.add_argument("--quant", nargs="+", choices=["int8", "nf4", "none"], default=["int8", "nf4", "none"])
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--minutes", type=float, default=8.5)
    parser.add_argument("--records", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--output", type=Path, default=RESULTS)
    found = run(parser.parse_args(argv))
    show(found)
    return int(not all(check["right"] for check in found["checks"].values()))


if __name__ == "__main__":
    sys.exit(main())
