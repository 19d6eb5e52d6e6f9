"""Lightning's Trainer: the settings arrive, and a machine without the device says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from hackmentor.cell.checkpoints import CheckpointFolder
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.signals import StopSignalHandler
from hackmentor.train.checkpointing import CheckpointCallback
from hackmentor.train.trainer import build_trainer

SETTINGS: dict[str, Any] = {
    "loggers": [], "steps": 100, "validations": 4, "accelerator": "cpu", "devices": 1,
    "num_nodes": 1, "strategy": "auto", "precision": "32-true", "max_epochs": 3,
}  # fmt: skip


def checkpoints(folder: Path) -> CheckpointCallback:
    files = CheckpointFolder(folder, keep=2)
    return CheckpointCallback(files, every_steps=None, every_minutes=1, decided_by={}, stop_signals=StopSignalHandler())


def test_settings_arrive(tmp_path: Path) -> None:
    trainer = build_trainer(checkpoints=checkpoints(tmp_path), **SETTINGS)
    assert trainer.max_epochs == 3
    assert trainer.val_check_interval == 25
    assert not trainer.checkpoint_callbacks


@pytest.mark.skipif(torch.cuda.is_available(), reason="shows what a machine without a GPU says")
def test_a_missing_gpu_is_said_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="trainer: Lightning refuses these settings"):
        build_trainer(
            checkpoints=checkpoints(tmp_path), **{**SETTINGS, "accelerator": "gpu", "precision": "bf16-mixed"}
        )
