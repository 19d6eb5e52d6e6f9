"""A whole cell at the size of Llama-7B on a machine without a GPU: what breaks at 7B and not at 135M shows here.

    python -m benchmarks.real_size                        # tens of minutes, 24 GB of memory, 60 GB of disk in --work
    python -m benchmarks.real_size --geometry small       # 4 layers of 512 features: a few minutes, shows that it runs

Llama's geometry with random weights, and the tokenizer of --tokenizer (a folder), or a SentencePiece one that is
trained here on our seeds. In nf4 and in int8, each with the commands that users type: plan; two optimizer steps;
the same, killed (SIGKILL) after the first and continued, whose adapter must have the same bits; a chat of one line;
two questions of the evaluation; the merged export. Peak memory of each command (the kernel's high-water mark of its
process) stands beside the plan's, and is written to benchmarks/results/real_size.json as it goes. Exit code 1 if a
command fails, bits differ, or the first load takes more than 1.3 times what stays and one matrix in float32.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from benchmarks.machine import processor
from hackmentor.runtime.files import write_json

RESULTS = Path(__file__).parent / "results" / "real_size.json"
SEEDS = Path(__file__).resolve().parent.parent / "hackmentor" / "data" / "seeds"
GIB = 2**30
# bitsandbytes compiles its 4-bit quantiser when it first runs (torch.compile): what that takes, whatever the size.
COMPILER_BYTES = 150 * 2**20
DATA = ("data=iio", "data.name=seeds")
TRAIN = (
    *("base=llama", "size=7b", "trainer=cpu", "trainer.max_epochs=1", "trainer.max_steps=2", "train.batch_size=4"),
    *("train.cutoff=512", "train.micro_batch_tokens=512", "train.validations=1", "train.validation_records=2"),
    *("train.checkpoint_steps=1", "optimizer.lr=1e-4", "tracker=none", *DATA),
)
EVALUATE = (
    *("evaluate.records=2", "evaluate.questions=2", "evaluate.cutoff=512", "evaluate.max_new_tokens=8"),
    *("evaluate.safety.prompts=2", "evaluate.safety.max_new_tokens=4", "evaluate.exam.questions=2"),
)
EXPORT = ("format=merged", "format.dtype=bf16", "export.questions=[What is CWE-79?]", "export.answer_tokens=4")

# The first load, alone: what it grew by at most, and what stays.
LOAD = """
import json, sys
from pathlib import Path
import torch, bitsandbytes
import transformers.models.llama.modeling_llama
from hackmentor.model.device import get_base_dtype, resolve_precision
from hackmentor.model.load import load_base

def read(key):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(key))

before = read("VmRSS")
dtype = get_base_dtype(resolve_precision("auto", "cpu"), frozen=True)
model = load_base(Path(sys.argv[1]), quant=sys.argv[2], dtype=dtype, device=torch.device("cpu"))
matrix = max(layer.in_features * layer.out_features for layer in model.model.layers.modules()
             if isinstance(layer, torch.nn.Linear))
found = {"grew_bytes": read("VmHWM") - before, "stays_bytes": model.get_memory_footprint(), "matrix_bytes": 4 * matrix}
print("FOUND" + json.dumps(found))
"""


@dataclass
class Trial:
    """What is run in one folder, and the results so far."""

    work: Path
    output: Path
    found: dict[str, Any] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def run(self, quant: str, stage: str, command: list[str], *, stdin: str = "", kill_at: Path | None = None) -> str:
        """Runs a command, killed as soon as `kill_at` exists; notes its time and peak memory and returns its output."""
        print(f"{quant}: {stage}", flush=True)
        began, log = time.monotonic(), self.work / f"{quant}-{stage.replace(' ', '-')}.log"
        with log.open("w") as stream:
            process = subprocess.Popen(
                command, cwd=self.work, stdin=subprocess.PIPE, stdout=stream, stderr=subprocess.STDOUT, text=True,
                start_new_session=True,
            )  # fmt: skip
        assert process.stdin is not None
        process.stdin.write(stdin)
        process.stdin.close()
        code, peak = _wait(process, kill_at)
        expected = 0 if kill_at is None else -signal.SIGKILL
        if code != expected:
            self.failures.append(f"{quant}, {stage}: exit code {code}, see {log}")
        self.note(quant, stage, {"seconds": time.monotonic() - began, "peak_gib": peak / GIB, "exit_code": code})
        return log.read_text()

    def note(self, quant: str, stage: str, values: dict[str, Any]) -> None:
        """Adds to the results, and writes them."""
        self.found.setdefault(quant, {}).setdefault(stage, {}).update(values)
        write_json(self.output, self.found | {"failures": self.failures})


def _wait(process: subprocess.Popen[str], kill_at: Path | None) -> tuple[int, int]:
    """The exit code of a process, negative for a signal, and the peak of it or one of its children, in bytes.

    Not what the kernel says of a process that is over: that counts what its parent held when it was started.
    """
    peak = 0
    while process.poll() is None:
        peak = max(peak, _read_peak(process.pid))
        if kill_at is not None and kill_at.exists():
            os.killpg(process.pid, signal.SIGKILL)
        time.sleep(0.05)
    return process.returncode, peak


def _read_peak(pid: int) -> int:
    """The high-water mark of the resident memory of a process or one of its children, in bytes; 0 once it is over."""
    try:
        pids = [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]
        lines = [line for each in pids for line in Path(f"/proc/{each}/status").read_text().splitlines()]
    except (psutil.NoSuchProcess, OSError):
        return 0
    return max((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM")), default=0)


def hackmentor(verb: str, *words: str) -> list[str]:
    return [sys.executable, "-m", "hackmentor", verb, *words]


def prepare(trial: Trial, geometry: str, tokenizer: Path | None) -> Path:
    """The folder of the base, which is kept for another run."""
    from benchmarks.random_llama import VOCABULARY, write_llama

    base = trial.work / f"base-{geometry}"
    if not (base / "tokenizer_config.json").is_file():
        write_llama(base, geometry)
        if tokenizer is not None:
            for file in (*tokenizer.glob("tokenizer*"), *tokenizer.glob("special_tokens_map.json")):
                shutil.copy2(file, base)
        else:
            train_tokenizer(base, VOCABULARY)
    return base


def train_tokenizer(folder: Path, most: int) -> None:
    """A SentencePiece tokenizer like Llama's, trained on our seeds: as large as they allow, at most `most` tokens."""
    import sentencepiece

    texts = [line for file in sorted(SEEDS.glob("*.jsonl")) for line in file.read_text(encoding="utf-8").splitlines()]
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=(str(value) for text in texts for value in json.loads(text).values()),
        model_prefix=str(folder / "tokenizer"), model_type="bpe", vocab_size=min(most, 4000), byte_fallback=True,
        split_digits=True, normalization_rule_name="identity", minloglevel=2,
    )  # fmt: skip
    (folder / "tokenizer.vocab").unlink()
    tokens = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}
    settings = {"tokenizer_class": "LlamaTokenizer", "add_bos_token": True, "legacy": True, **tokens}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))


def try_quantisation(trial: Trial, base: Path, quant: str) -> None:
    """All commands with one quantisation, and what their results must have in common."""
    said = trial.run(quant, "first load", [sys.executable, "-c", LOAD, str(base), quant])
    _check_first_load(trial, quant, said)
    words = (f"base.path={base}", f"quant={quant}", f"paths.models={trial.work / 'models'}", *TRAIN)
    plan = trial.work / f"plan-{quant}.json"
    trial.run(quant, "plan", hackmentor("plan", *words, "plan.device=cpu", f"plan.output={plan}"))
    if plan.is_file():
        memory = json.loads(plan.read_text())["planned"][0]["memory"]
        trial.note(quant, "plan", {"planned_gib": memory["total"] / GIB, "memory": memory})
    cells = {kind: trial.work / "outputs" / "adhoc" / f"{kind}-{quant}" for kind in ("whole", "killed")}
    trial.run(quant, "two steps", hackmentor("train", *words, f"name=whole-{quant}"))
    train = hackmentor("train", *words, f"name=killed-{quant}")
    trial.run(quant, "killed after a step", train, kill_at=cells["killed"] / "checkpoints" / "step=1.json")
    trial.run(quant, "continued", train)
    _check_adapters(trial, quant, cells)
    name = f"adhoc/whole-{quant}"
    chat = hackmentor("chat", name, "output=json", "chat.temperature=0", "chat.max_new_tokens=8")
    trial.run(quant, "chat", chat, stdin="What is CWE-79?\n")
    trial.run(quant, "evaluate", hackmentor("evaluate", *words, f"name=whole-{quant}", *EVALUATE))
    trial.run(quant, "merged export", hackmentor("export", name, *EXPORT, f"paths.models={trial.work / 'models'}"))
    shutil.rmtree(cells["whole"] / "export", ignore_errors=True)  # as large as the base


def _check_first_load(trial: Trial, quant: str, said: str) -> None:
    if "FOUND" not in said:
        return
    found = json.loads(said.rpartition("FOUND")[2])
    trial.note(quant, "first load", found | {"grew_to_stays": found["grew_bytes"] / found["stays_bytes"]})
    if found["grew_bytes"] > 1.3 * found["stays_bytes"] + found["matrix_bytes"] + COMPILER_BYTES:
        trial.failures.append(f"{quant}, first load: grew by {found['grew_bytes']:,}, {found['stays_bytes']:,} stay")


def _check_adapters(trial: Trial, quant: str, cells: dict[str, Path]) -> None:
    """The bits of both adapters, and what the card says of the undisturbed cell."""
    files = [cell / "adapter" / "adapter_model.safetensors" for cell in cells.values()]
    if not all(file.is_file() for file in files):
        trial.failures.append(f"{quant}: a cell has no adapter")
        return
    hashes = [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]
    if hashes[0] != hashes[1]:
        trial.failures.append(f"{quant}: continued after a kill, the adapter is another one")
    figures = json.loads((cells["whole"] / "card.json").read_text())["figures"]
    rows = (cells["whole"] / "metrics.csv").read_text().splitlines()
    speeds = [dict(zip(rows[0].split(","), row.split(","), strict=True))["tokens_per_second"] for row in rows[1:]]
    values = {"same_bits": hashes[0] == hashes[1], "figures": figures}
    trial.note(quant, "two steps", values | {"tokens_a_second": [float(speed) for speed in speeds if speed]})


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--geometry", choices=["7b", "13b", "small", "tiny"], default="7b")
    parser.add_argument("--quant", nargs="+", choices=["nf4", "int8"], default=["nf4", "int8"])
    parser.add_argument("--tokenizer", type=Path, help="a folder with a real tokenizer of at most 32,000 tokens")
    parser.add_argument("--work", type=Path, default=Path("outputs/real_size"), help="where all is written")
    parser.add_argument("--output", type=Path, default=RESULTS)
    asked = parser.parse_args(argv)
    asked.work.mkdir(parents=True, exist_ok=True)
    trial = Trial(asked.work.resolve(), asked.output.resolve())
    trial.found["machine"] = {
        "processor": processor(), "cores": os.cpu_count(), "load": os.getloadavg()[0], "geometry": asked.geometry,
        "memory_gib": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIB,
    }  # fmt: skip
    base = prepare(trial, asked.geometry, asked.tokenizer)
    trial.run("data", "build", hackmentor("data", *DATA, "data.sources=[seeds]"))
    for quant in asked.quant:
        try_quantisation(trial, base, quant)
    print("\n".join(trial.failures) or "all of it works", f"\nresults: {trial.output}")
    return int(bool(trial.failures))


if __name__ == "__main__":
    sys.exit(main())
