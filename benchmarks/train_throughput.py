"""Training throughput on this machine: our step and TRL's SFTTrainer in turn, on the same tokens.

    pip install -c constraints.txt '.[bench]' && hackmentor fetch base=smollm2 size=135m && hackmentor data data=iio
    OMP_NUM_THREADS=2 python -m benchmarks.train_throughput       # writes benchmarks/results/train_throughput.json
    OMP_NUM_THREADS=1 python -m benchmarks.train_throughput --busy    # on a machine that others use: processor time
    python -m benchmarks.train_throughput --bare                  # records without the base's system prompt
    python -m benchmarks.train_throughput --quick                 # one short turn of each, writes nothing

Same base (SmolLM2-135M or its LLM.int8), same precision (fp32, and bf16 where this processor computes it fast: what
precision=auto is here, and TRL's own default everywhere), same LoRA (rank 8 on q and v, no dropout), 16 records a step,
cutoff 512, 1,024 tokens at once; order A B C, C B A, ... after a warm-up turn each. Each contestant has a process of
its own, and one works at a time: what ours asks of the C library is not TRL's, nor is its memory. TRL runs at its best
(packing, no recomputation), which is what ours is to be compared with, and with its defaults. Records have the
system prompt of the base, as `hackmentor train` gives it to them and the base's own template by default. The first set
are questions and answers of our seeds, the second our iio set. Shown are non-padding tokens a second (the median of
the turns), the growth of resident memory, the loss, and the share of what the matrix products alone would allow here
(`limit.py`).
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import platform
import statistics
import time
from functools import partial
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
import yaml
from peft import PeftModel
from rich.console import Console
from rich.table import Table

from benchmarks import limit
from benchmarks.contestants import Contestant, ours, seated, trl, turns
from benchmarks.limit import flop_a_token, product_rate
from benchmarks.machine import processor
from hackmentor.model.adapter import add_lora
from hackmentor.model.cpu.processor import has_fast_bf16
from hackmentor.model.device import get_base_dtype
from hackmentor.model.load import Quantisation, load_base
from hackmentor.model.tokenizer import load_tokenizer
from hackmentor.prompts.chat_template import ChatTemplate
from hackmentor.prompts.templates import load_template
from hackmentor.records.record import Record, read_records, write_records
from hackmentor.records.sample import sample_evenly
from hackmentor.runtime.files import write_json
from hackmentor.train.datamodule import RecordsDataModule

REPOSITORY = Path(__file__).resolve().parent.parent
RESULTS = REPOSITORY / "benchmarks" / "results" / "train_throughput.json"
# Recomputation is TRL's default. Its switches for Liger's kernels and padding-free batches need a GPU.
AT_ITS_BEST = "TRL at its best: packing, no recomputation"
CONTESTANTS = ("ours", AT_ITS_BEST, "TRL, packing", "TRL")


def seed_records() -> list[Record]:
    """Short questions and answers about security: half of our seeds."""
    lines = []
    for file in sorted((REPOSITORY / "hackmentor" / "data" / "seeds").glob("*.jsonl")):
        lines += [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return [
        Record(
            line["id"], "iio", "seeds", line["id"], "1", "Apache-2.0", "people", "answer",
            instruction=line["instruction"], input=line["input"], output=line["answer"],
        )
        for line in lines[::2]
    ]  # fmt: skip


def data_module(template: ChatTemplate, records: list[Record], count: int) -> RecordsDataModule:
    """So many of the records, as `hackmentor train` encodes and packs them."""
    with TemporaryDirectory() as folder:
        file = Path(folder, "train.jsonl")
        write_records(file, sample_evenly(records, count, 0))
        return RecordsDataModule(
            file, file, template, batch_size=16, micro_batch_tokens=1024, cutoff=512, overlength="drop",
            max_records=None, validation_records=1, epochs=1, max_steps=-1, seed=0,
        )  # fmt: skip


def tuned(base: Path, quant: Quantisation, precision: str = "32-true") -> PeftModel:
    model = load_base(base, quant=quant, dtype=get_base_dtype(precision, frozen=True), device=torch.device("cpu"))
    torch.manual_seed(0)
    return add_lora(
        model, rank=8, alpha=16, dropout=0.0, targets=["q_proj", "v_proj"], source=str(base), revision="main"
    )


def contestant(name: str, base: Path, quant: Quantisation, precision: str) -> Contestant:
    """The one of this name, with its model loaded."""
    model = tuned(base, quant, precision)
    if name == "ours":
        return ours(model, precision)
    more = {"gradient_checkpointing": False} if name == AT_ITS_BEST else {}
    return trl(model, precision, load_tokenizer(base), packing=name != "TRL", **more)


def compared(
    base: Path, name: str, records: list[Record], kind: tuple[Quantisation, str], count: int, rounds: int, *,
    system_prompt: str | None,
) -> dict[str, object]:  # fmt: skip
    template = ChatTemplate(load_tokenizer(base), load_template("chatml", system_prompt))
    data, warm = data_module(template, records, count), data_module(template, records, 4)
    quant, precision = kind
    entrants = {name: seated(partial(contestant, name, base, quant, precision)) for name in CONTESTANTS}
    model = tuned(base, "none", precision)
    before = product_rate(model, data)
    taken = turns(entrants, data, warm, rounds)
    rate = max(before, product_rate(model, data))
    most = rate / flop_a_token(model, data)
    speeds = {entrant: data.report.tokens / statistics.median(t.seconds for t in ts) for entrant, ts in taken.items()}
    return {
        "data": name, "system_prompt": system_prompt, "quant": quant, "precision": precision,
        "records": data.report.kept, "tokens": data.report.tokens,
        "trained_tokens": data.report.trained_tokens, "rounds": rounds,
        "gflop_a_token": flop_a_token(model, data) / 1e9, "products_gflop_a_second": rate / 1e9,
        "limit_tokens_a_second": most,
        "contestants": {
            entrant: {
                "tokens_a_second": speeds[entrant], "ours_to_it": speeds["ours"] / speeds[entrant],
                "share_of_limit": speeds[entrant] / most, "loss": statistics.fmean(t.loss for t in ts),
                "memory_growth_mb": max(t.growth_mb for t in ts), "seconds_of_turns": [t.seconds for t in ts],
            }
            for entrant, ts in taken.items()
        },
    }  # fmt: skip


def show(result: dict[str, object]) -> None:
    title = "{data}, {quant}, {precision}: {tokens:,} tokens, limit {limit_tokens_a_second:.0f} tokens/s".format(
        **result
    )  # type: ignore[arg-type]
    table = Table("", "tokens/s", "ours to it", "of the limit", "memory, MB", "loss", title=title)
    for name, of in result["contestants"].items():  # type: ignore[attr-defined]
        cells = (f"{of['tokens_a_second']:.0f}", f"{of['ours_to_it']:.2f} x", f"{of['share_of_limit']:.0%}")
        table.add_row(name, *cells, f"{of['memory_growth_mb']:.0f}", f"{of['loss']:.4f}")
    Console().print(table)


def machine() -> dict[str, object]:
    packages = ("torch", "transformers", "peft", "bitsandbytes", "lightning", "trl")
    return {
        "machine": f"{os.cpu_count()} cores, {processor()}, {torch.get_num_threads()} threads",
        "load_at_start": os.getloadavg()[0], "python": platform.python_version(),
        "versions": {name: version(name) for name in packages},
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", type=Path, default=REPOSITORY / "models" / "pretrained" / "smollm2-135m")
    parser.add_argument("--iio", type=Path, default=REPOSITORY / "data" / "iio" / "train.jsonl")
    parser.add_argument("--quant", nargs="+", default=["none", "int8"])
    fast = ["32-true", *(["bf16-mixed"] if has_fast_bf16() else [])]
    parser.add_argument("--precision", nargs="+", default=fast)
    parser.add_argument("--records", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--data", nargs="+", choices=("seeds", "iio"), default=["seeds", "iio"])
    parser.add_argument("--quick", action="store_true", help="4 records, one round, nothing written")
    parser.add_argument(
        "--bare", action="store_true", help="no system prompt, so that records begin with nothing alike"
    )
    parser.add_argument("--busy", action="store_true", help="count processor time: with OMP_NUM_THREADS=1")
    asked = parser.parse_args()
    count, rounds = (4, 1) if asked.quick else (asked.records, asked.rounds)
    sets = {"seeds": seed_records(), "iio": read_records(asked.iio) if asked.iio.exists() else []}
    sets = {name: records for name, records in sets.items() if name in asked.data and records}
    described = yaml.safe_load((REPOSITORY / "conf" / "base" / "smollm2.yaml").read_text(encoding="utf-8"))
    prompt = None if asked.bare else described["system_prompt"]
    if asked.busy:
        limit.clock = time.process_time
    found, results = machine() | {"clock": "processor time" if asked.busy else "wall time"}, []
    for name, records in sets.items():
        for kind in itertools.product(asked.quant, asked.precision):
            results.append(compared(asked.base, name, records, kind, count, rounds, system_prompt=prompt))
            show(results[-1])
            if not asked.quick:
                write_json(asked.out, {**found, "results": results})


if __name__ == "__main__":
    main()
