"""Training throughput at 7B and 13B: our step and TRL's in turn, on a GPU, with random weights (nothing is fetched).

    python -m benchmarks.train_gpu                                  # writes benchmarks/results/train_gpu.json
    python -m benchmarks.train_gpu --geometry tiny --device cpu     # seconds on a processor: shows that it runs

Llama's geometry, LoRA rank 8 on q and v, bf16 with weights in int8, nf4 or bf16; 16 records a step of 128 to 1,024
tokens, half of them trained on, cutoff 1024, 2,048 tokens at once (13B in int8: 1,024). TRL with its defaults, padded
and packed. Shown are tokens a second, model FLOP utilisation (`limit.flop_a_token`, over the peak named with it: dense
bf16 of the data sheet, or on a processor the measured rate of matrix products) and peak memory. 13B in int8 must
train within 24 GiB; exit code 1 if it does not. Run it alone on the device: peaks count all that is held there.
"""

from __future__ import annotations

import argparse
import gc
import os
import random
import statistics
import sys
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from rich.console import Console
from rich.table import Table

from benchmarks.contestants import Contestant, ours, trl, turns
from benchmarks.limit import flop_a_token, product_rate
from benchmarks.random_llama import GEOMETRY, random_llama, word_template
from hackmentor.records.record import Record, write_records
from hackmentor.runtime.files import write_json
from hackmentor.train.datamodule import RecordsDataModule

RESULTS = Path(__file__).parent / "results" / "train_gpu.json"
MOST_GIB = 24.0

# Dense bf16 FLOP/s of the data sheets, by a word of the device's name.
PEAKS = {"H200": 989e12, "H100": 989e12, "A100": 312e12, "L40S": 362e12, "RTX 4090": 165e12, "L4": 121e12}
CONTESTANTS = ("ours", "TRL", "TRL, packing")


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


def measured(geometry: str, quant: str, device: torch.device, records: int, rounds: int) -> dict[str, Any]:
    """One contestant after the other, alone on the device, so that a peak is that of one model."""
    at_once, longest = (1024 if (geometry, quant) == ("13b", "int8") else 2048), (128 if geometry == "tiny" else 1024)
    data, warm = data_module(records, at_once, longest), data_module(4, at_once, longest)
    model = random_llama(geometry, quant, device, torch.bfloat16)
    flop, peak = flop_a_token(model, data), _peak(device) or product_rate(model, data)
    del model
    found: dict[str, Any] = {
        "geometry": geometry,
        "quant": quant,
        "gflop_a_token": flop / 1e9,
        "peak_flop_a_second": peak,
    }
    for name in CONTESTANTS:
        gc.collect()
        torch.cuda.empty_cache()
        try:
            taken = turns({name: _contestant(name, geometry, quant, device)}, data, warm, rounds)[name]
        except torch.OutOfMemoryError:
            found[name] = {"out of memory": True}
            continue
        speed = data.report.tokens / statistics.median(turn.seconds for turn in taken)
        found[name] = {
            "tokens_a_second": speed, "flop_utilisation": speed * flop / peak, "loss": taken[-1].loss,
            "peak_gib": max(turn.peak_mb for turn in taken) * 1e6 / 2**30,
        }  # fmt: skip
    return found


def _contestant(name: str, geometry: str, quant: str, device: torch.device) -> Contestant:
    model = random_llama(geometry, quant, device, torch.bfloat16)
    if name == "ours":
        return ours(model, "bf16-mixed")
    return partial(trl, precision="bf16", tokenizer=word_template().tokenizer)(model, packing=name != "TRL")


def _peak(device: torch.device) -> float | None:
    if device.type == "cpu":
        return None
    name = torch.cuda.get_device_name(device)
    if (peak := next((peak for word, peak in PEAKS.items() if word in name), None)) is None:
        sys.exit(f"no peak is known for {name}: add its dense bf16 FLOP/s to PEAKS in {__file__}")
    return peak


def show(found: dict[str, Any]) -> None:
    title = "{geometry}, {quant}; peak {peak_flop_a_second:.3g} FLOP/s".format(**found)
    table = Table("", "tokens/s", "utilisation", "peak, GiB", "loss", title=title)
    for name in CONTESTANTS:
        of = found[name]
        if "out of memory" in of:
            table.add_row(name, "out of memory")
            continue
        cells = (f"{of['tokens_a_second']:,.0f}", f"{of['flop_utilisation']:.1%}", f"{of['peak_gib']:.1f}")
        table.add_row(name, *cells, f"{of['loss']:.3f}")
    Console().print(table)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--geometry", nargs="+", choices=sorted(GEOMETRY), default=["7b", "13b"])
    parser.add_argument("--quant", nargs="+", choices=["int8", "nf4", "none"], default=["int8", "nf4", "none"])
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--records", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--output", type=Path, default=RESULTS)
    asked = parser.parse_args(argv)
    device = torch.device(asked.device)
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else f"{os.cpu_count()} cores"
    results = []
    for geometry in asked.geometry:
        for quant in asked.quant:
            results.append(measured(geometry, quant, device, asked.records, asked.rounds))
            show(results[-1])
            write_json(asked.output, {"device": name, "torch": torch.__version__, "results": results})
    return _within_24_gib(results)


def _within_24_gib(results: list[dict[str, Any]]) -> int:
    for found in results:
        if (found["geometry"], found["quant"]) == ("13b", "int8"):
            taken = found["ours"].get("peak_gib", float("inf"))
            print(f"13B in int8 at cutoff 1024: {taken:.1f} GiB of {MOST_GIB:.0f}")
            return int(taken > MOST_GIB)
    return 0


if __name__ == "__main__":
    sys.exit(main())
