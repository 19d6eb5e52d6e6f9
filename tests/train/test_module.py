"""The LightningModule: it moves what is trainable, and stops when the loss is no number."""

from __future__ import annotations

from pathlib import Path

import lightning as L
import pytest
import torch
from peft import PeftModel
from torch.utils.data import DataLoader

from hackmentor.model.adapter import add_lora
from hackmentor.model.load import load_base
from hackmentor.train.module import AdamWSettings, DivergedError, FineTune
from hackmentor.train.packing import Example, Step, make_step

SETTINGS = AdamWSettings(1e-3, 0.0, (0.9, 0.999), 1e-8, 0.0, "constant", 1.0)


def tuned(folder: Path) -> PeftModel:
    base = load_base(folder, quant="none", dtype=torch.float32, device=torch.device("cpu"))
    return add_lora(base, rank=4, alpha=8, dropout=0.0, targets=["q_proj"], source="x", revision="y")


def fit(model: PeftModel) -> FineTune:
    records = [Example(f"r{number}", list(range(5, 25)), [False] * 5 + [True] * 15) for number in range(4)]
    steps: DataLoader[Step] = DataLoader([make_step(records, 64)], batch_size=None)  # type: ignore[arg-type]
    module = FineTune(model, SETTINGS, steps=3)
    trainer = L.Trainer(
        accelerator="cpu", max_epochs=3, logger=False, enable_checkpointing=False, enable_progress_bar=False
    )
    trainer.fit(module, steps)
    return module


def test_only_the_adapter_moves(tiny_llama: Path) -> None:
    model = tuned(tiny_llama)
    before = {name: parameter.detach().clone() for name, parameter in model.named_parameters()}
    module = fit(model)
    moved = {name for name, parameter in model.named_parameters() if not torch.equal(parameter, before[name])}
    assert moved
    assert all("lora_" in name for name in moved)
    assert module.trainer.global_step == 3


def test_a_loss_that_is_no_number_stops_with_step_and_records(tiny_llama: Path) -> None:
    model = tuned(tiny_llama)
    with torch.no_grad():
        model.get_base_model().lm_head.weight[:] = float("nan")
    with pytest.raises(DivergedError, match="at step 0, records r0, r1, r2, r3"):
        fit(model)
