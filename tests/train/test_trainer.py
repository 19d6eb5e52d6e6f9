"""Lightning's Trainer: the settings arrive, and a machine without the device says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from hackmentor.errors import UserError
from hackmentor.train.trainer import build_trainer

SETTINGS: dict[str, Any] = {
    "loggers": [], "steps": 100, "validations": 4, "checkpoints": 5, "accelerator": "cpu", "devices": 1,
    "num_nodes": 1, "strategy": "auto", "precision": "32-true", "max_epochs": 3, "max_steps": -1,
}  # fmt: skip


def test_settings_arrive(tmp_path: Path) -> None:
    trainer = build_trainer(folder=tmp_path, **SETTINGS)
    assert trainer.max_epochs == 3
    assert trainer.val_check_interval == 25
    assert trainer.checkpoint_callback._every_n_train_steps == 20  # type: ignore[union-attr]


@pytest.mark.skipif(torch.cuda.is_available(), reason="shows what a machine without a GPU says")
def test_a_missing_gpu_is_said_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="trainer: Lightning refuses these settings"):
        build_trainer(folder=tmp_path, **{**SETTINGS, "accelerator": "gpu", "precision": "bf16-mixed"})
