"""What must be right on a device before its speed counts: four checks on a tiny model, each a figure and its bound."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from peft import PeftModel

from benchmarks.contestants import build_core_trainer
from benchmarks.random_llama import VOCABULARY, write_llama
from hackmentor.model.adapter import add_lora
from hackmentor.model.attention import use_packed_attention
from hackmentor.model.load import Quantisation, load_base
from hackmentor.model.optimise import optimised_for_training
from hackmentor.prompts.example import Example
from hackmentor.train.datamodule import RecordsDataModule
from hackmentor.train.loss import compute_token_losses
from hackmentor.train.module import FineTune
from hackmentor.train.optimizer import AdamWSettings
from hackmentor.train.packing import build_pack

REPOSITORY = Path(__file__).resolve().parent.parent
CPU = torch.device("cpu")
# Of the weights: so large that a token that attends to another record has another loss, by 2 nats on this model.
STD = 0.1
# In nats a token; bf16 differs from float32 by 0.02 on this model.
MAX_DIFFERENCE = {torch.bfloat16: 0.1, torch.float32: 5e-3}
GPU_TESTS = ("tests/train/test_gpu.py", "tests/model/cuda")
SHARED_TOKENS = 6


def run_checks(device: torch.device, quants: list[Quantisation], data: RecordsDataModule, seconds: float) -> Any:
    """Yields the name and the result of one check after the other; `seconds` is the most that the tests may take."""
    with TemporaryDirectory() as folder:
        write_llama(Path(folder), "tiny", STD)
        for quant in quants:
            yield f"packed as alone, {quant}", _guard(lambda q=quant: check_packing(Path(folder), q, device))
            yield f"{device.type} as processor, {quant}", _guard(lambda q=quant: check_losses(Path(folder), q, device))
        yield "resumed to the same bits", _guard(lambda: check_resumption(Path(folder), device, data))
    if device.type == "cuda":
        yield "tests for a GPU", _guard(lambda: run_gpu_tests(seconds))


def _guard(check: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What a check finds, or the error that it ended with: the others are made all the same."""
    try:
        return check()
    except Exception as error:
        return {"right": False, "error": f"{type(error).__name__}: {error}"[:500]}


def make_examples() -> list[Example]:
    """Three records with a shared beginning."""
    return [
        Example(
            str(number),
            [*range(10, 10 + SHARED_TOKENS), *((97 * place + number) % VOCABULARY for place in range(length))],
            [False] * (SHARED_TOKENS + 2) + [True] * (length - 2),
        )
        for number, length in enumerate((40, 25, 70))
    ]


def _load(
    folder: Path, quant: Quantisation, device: torch.device, dtype: torch.dtype, dropout: float = 0.0
) -> PeftModel:
    base = load_base(folder, quant=quant, dtype=dtype, device=device)
    torch.manual_seed(0)
    return add_lora(
        base, rank=8, alpha=16, dropout=dropout, targets=["q_proj", "v_proj"], source="tiny", revision="main"
    )


@torch.no_grad()
def _compute_losses(model: PeftModel, packs: list[list[Example]], prefix: int, device: torch.device) -> torch.Tensor:
    """The losses of all trained tokens, as training computes them, on the processor."""
    base = model.get_base_model()
    with optimised_for_training(base, device_type=device.type), use_packed_attention(base):
        losses = [compute_token_losses(model, build_pack(pack, prefix).to(device)) for pack in packs]
    return torch.cat(losses).float().cpu()


def check_packing(folder: Path, quant: Quantisation, device: torch.device) -> dict[str, Any]:
    """Losses of packed records, with and without their beginning shared, beside those of each alone."""
    examples, dtype = make_examples(), torch.bfloat16
    model = _load(folder, quant, device, dtype)
    alone = _compute_losses(model, [[example] for example in examples], 0, device)
    found = {
        f"max_difference_{name}": float((_compute_losses(model, [examples], prefix, device) - alone).abs().max())
        for name, prefix in (("packed", 0), ("shared", SHARED_TOKENS))
    }
    return found | {"right": max(found.values()) <= MAX_DIFFERENCE[dtype]}


def check_losses(folder: Path, quant: Quantisation, device: torch.device) -> dict[str, Any]:
    """Losses on the device in bf16 and in float32, beside those of a processor in float32, with its own quantiser."""
    examples = make_examples()
    exact = _compute_losses(_load(folder, quant, CPU, torch.float32), [examples], 0, CPU)
    found: dict[str, Any] = {"mean_loss": float(exact.mean()), "right": True}
    for dtype in (torch.bfloat16, torch.float32):
        losses = _compute_losses(_load(folder, quant, device, dtype), [examples], 0, device)
        difference = float((losses - exact).abs().max())
        found[f"max_difference_{str(dtype).removeprefix('torch.')}"] = difference
        found["right"] &= difference <= MAX_DIFFERENCE[dtype]
    return found


def check_resumption(folder: Path, device: torch.device, data: RecordsDataModule) -> dict[str, Any]:
    """The trained weights of a fit with dropout, and of one that goes on from the checkpoint of its first step."""
    whole, again = (_load(folder, "none", device, torch.bfloat16, dropout=0.1) for _ in range(2))
    with TemporaryDirectory() as checkpoints:
        for model, resumed in ((whole, None), (again, Path(checkpoints, "step=1.ckpt"))):
            trainer = build_core_trainer(data, Path(checkpoints), "bf16-mixed", device, checkpoint_steps=1, keep=99)
            settings = AdamWSettings(1e-3, 0.0, (0.9, 0.999), 1e-8, 0.0, "constant", 1.0)
            module = FineTune(model, settings, steps=data.count_steps())
            trainer.fit(module, data, ckpt_path=None if resumed is None else str(resumed))
    weights = [{k: v.cpu() for k, v in m.state_dict().items() if "lora_" in k} for m in (whole, again)]
    differ = [name for name, weight in weights[0].items() if not torch.equal(weight, weights[1][name])]
    moved = any(bool(v.any()) for k, v in weights[0].items() if "lora_B" in k)
    return {"steps": data.count_steps(), "weights_that_differ": len(differ), "right": moved and not differ}


def run_gpu_tests(seconds: float) -> dict[str, Any]:
    """The tests marked gpu, in a process of their own."""
    command = [sys.executable, "-m", "pytest", "-m", "gpu", "-q", "-rs", "-p", "no:cacheprovider", *GPU_TESTS]
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    try:
        done = subprocess.run(
            command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=max(30, seconds)
        )
    except subprocess.TimeoutExpired:
        return {"right": False, "error": f"not done in {seconds:.0f} s"}
    counts = {kind: int(number) for number, kind in re.findall(r"(\d+) (passed|failed|skipped|error)", done.stdout)}
    return {"right": done.returncode == 0, **counts, "output": (done.stdout + done.stderr)[-2000:]}
