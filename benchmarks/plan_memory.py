"""The memory that `hackmentor plan` foresees beside what training takes: the embedded cell and variants of it.

    hackmentor fetch base=smollm2 size=135m && hackmentor data data=iio
    OMP_NUM_THREADS=1 python -m benchmarks.plan_memory    # writes benchmarks/results/plan_memory.md

Each variant is trained for six steps (`whole` for all of them) in a process of its own, about half an hour in all on
one core, and planned with the same words; what is done is not trained again. Measured is `peak_memory_mb` of its card:
on a processor the most memory the whole process held.
"""

from __future__ import annotations

import json
import platform
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.machine import processor
from hackmentor.runtime.files import write_text

RESULTS = Path(__file__).parent / "results" / "plan_memory.md"
COMMON = ("data=iio", "trainer.max_steps=6", "tracker=none", "paths.outputs=outputs/plan_memory")
EMBEDDED = ("experiment=embedded", *COMMON)
ALL_MATRICES = "method.targets=[q_proj,k_proj,v_proj,o_proj,gate_proj,up_proj,down_proj]"
# experiments/embedded.yaml sets method.dropout, which method=full has not.
FULL = (
    *("method=full", "quant=none", "trainer=cpu", "trainer.max_epochs=1", "train.max_records=96", "train.batch_size=4"),
    *("train.cutoff=512", "train.validations=2", "train.validation_records=8", "optimizer.lr=1e-5", *COMMON),
)
VARIANTS = {
    "whole": tuple(word for word in EMBEDDED if not word.startswith("trainer.max_steps")),
    "int8": EMBEDDED,
    "none": (*EMBEDDED, "quant=none"),
    "nf4": (*EMBEDDED, "quant=nf4"),
    "cutoff-256": (*EMBEDDED, "train.cutoff=256", "train.micro_batch_tokens=512"),
    "micro-2048": (*EMBEDDED, "train.micro_batch_tokens=2048", "train.batch_size=8"),
    "micro-4096": (*EMBEDDED, "train.micro_batch_tokens=4096", "train.batch_size=16"),
    "dropout": (*EMBEDDED, "method.dropout=0.05"),
    "rank-64-all": (*EMBEDDED, "method.rank=64", ALL_MATRICES),
    "full": FULL,
}
PRECISIONS = {"bf16": "trainer.precision=bf16-mixed", "float32": "trainer.precision=32-true"}


def hackmentor(verb: str, words: tuple[str, ...]) -> None:
    subprocess.run([sys.executable, "-m", "hackmentor", verb, *words], check=True, stdout=subprocess.DEVNULL)


def planned(name: str, words: tuple[str, ...]) -> dict[str, Any]:
    hackmentor("train", (*words, f"name={name}"))
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder, "plan.json")
        hackmentor("plan", (*words, f"name={name}", f"plan.output={output}"))
        found: dict[str, Any] = json.loads(output.read_text())["planned"][0]
    return found


def row(name: str, words: tuple[str, ...], one: dict[str, Any]) -> str:
    own = " ".join(f"`{word}`" for word in words if word not in EMBEDDED) or "nothing"
    foreseen, took = one["memory"]["total"] / 1e6, one["measured"]["peak_bytes"] / 1e6
    return f"| {name} | {own} | {foreseen:,.0f} | {took:,.0f} | {one['memory_error']:+.1%} |"


def main() -> None:
    variants = {
        f"{name}-{kind}": (*words, precision)
        for kind, precision in PRECISIONS.items()
        for name, words in VARIANTS.items()
    }
    found = {name: planned(name, words) for name, words in variants.items()}
    machine = f"{processor()}, {' '.join(platform.libc_ver())}, Python {platform.python_version()}"
    packages = ", ".join(f"{name} {version(name)}" for name in ("torch", "transformers", "peft", "bitsandbytes"))
    lines = [
        "# Memory: planned and measured",
        "",
        f"By `benchmarks/plan_memory.py` on {machine}; {packages}. In MB (10^6 bytes), the peak of the process.",
        f"Each is SmolLM2-135M with `{' '.join(EMBEDDED[:2])}` and six steps, but for what is named; `whole` is the",
        "cell itself, with all of its steps.",
        "",
        "| cell | differs by | planned | measured | error |",
        "|---|---|---:|---:|---:|",
        *(row(name, variants[name], one) for name, one in found.items()),
        "",
        "Three constants of the model are measured, on other runs than these: what a process takes with next to no",
        "model (a cell of a Llama of two layers), in float32 and in bf16, and what glibc's allocator holds beside the",
        "activations (packs through the model alone). All else is counted from the sizes of the base and the code that",
        "trains. The constants, and all these runs, are of one base and one machine: nothing here is checked on a GPU",
        "or another C library.",
        "",
        "In bf16 a process grew with each size of a pack that was new, by 6 MB that oneDNN keeps for good,",
        "whatever its cache may hold: SmolLM2-135M went from 601 to 713 MB in use within 18 packs. Sizes are multiples",
        "of 64 now (`hackmentor.model.cpu.onednn`), and the plan counts them.",
        "",
        "On an Intel processor with AMX, before that, `int8-bf16` with all of its steps took 2,669 MB, 24 % more than",
        "was planned; it was not measured there again.",
    ]
    write_text(RESULTS, "\n".join(lines) + "\n")
    print(RESULTS.read_text())


if __name__ == "__main__":
    main()
