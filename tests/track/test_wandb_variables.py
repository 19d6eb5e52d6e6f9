"""W&B's variables that are no defaults of the settings: heeded, or a line says that they are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from hackmentor.config.compose import CommandRequest, compose_grid, hydra_initialized
from hackmentor.config.schema import Config
from hackmentor.track.tracked_run import tracked_run
from hackmentor.track.tracker import NoTracker


def compose() -> Config:
    request = CommandRequest("train")
    with hydra_initialized(request) as hydra:
        return compose_grid(hydra, request).cells[0].config


def test_disabled_leaves_nothing(workplace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_MODE", "disabled")
    with tracked_run(compose(), job_type="train") as tracker:
        assert isinstance(tracker, NoTracker)
    assert not list(workplace.iterdir())


def test_what_is_not_heeded_is_said(
    workplace: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("WANDB_DIR", str(workplace / "elsewhere"))
    monkeypatch.setenv("WANDB_DISABLED", "true")
    with tracked_run(compose(), job_type="train"):
        pass
    assert "WANDB_DIR is not heeded: runs are stored in outputs/wandb" in caplog.text
    assert "WANDB_DISABLED is not heeded: tracker=none or WANDB_MODE=disabled" in caplog.text
    assert len(list((workplace / "outputs" / "wandb").glob("offline-run-*"))) == 1
    assert not (workplace / "elsewhere").exists()
