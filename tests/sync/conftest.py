"""A small store: a data set, a cell in two attempts, its evaluation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hackmentor.track.tracker import Artifact, Table
from hackmentor.track.wandb_run import RunIdentity, WandbRun
from tests.track.fake_server import KEY, FakeServer, fake_server_running


def begin_run(outputs: Path, name: str, job: str, run_id: str | None = None, mode: str = "offline") -> WandbRun:
    identity = RunIdentity(name, "grid", job, "hackmentor", None, run_id)
    return WandbRun(identity, {"name": name, "optimizer": {"lr": 0.1}}, outputs, mode)  # type: ignore[arg-type]


def artifact(folder: Path, name: str, kind: str) -> Artifact:
    file = folder / f"{name}.txt"
    file.write_text(f"content of {name}")
    return Artifact(name, kind, [file], metadata={"licence": "CC0-1.0"})


@pytest.fixture
def store(tmp_path: Path) -> Path:
    outputs = tmp_path / "outputs"
    data, model, answers = (
        artifact(tmp_path, *both) for both in (("data.iio", "dataset"), ("cell", "model"), ("cell.answers", "answers"))
    )
    # The evaluation is begun first, so that the order of time is not that of lineage.
    evaluation = begin_run(outputs, "grid", "evaluate")
    evaluation.use_artifact(model)
    evaluation.log_artifact(answers)
    evaluation.log_table("leaderboard", Table(("cell", "loss"), [("cell", 1.5), ("base", None)]))
    evaluation.finish(0)
    built = begin_run(outputs, "iio", "data")
    built.log_artifact(data)
    built.finish(0)
    for attempt, exit_code in ((0, 143), (1, 0)):
        cell = begin_run(outputs, "cell", "train", "cell0001")
        cell.use_artifact(data)
        for step in range(3):
            cell.get_loggers()[0].log_metrics({"loss": 3.0 - step - 3 * attempt}, step + 3 * attempt)
        if exit_code == 0:
            cell.log_artifact(model)
        cell.finish(exit_code)
    return outputs / "wandb"


@pytest.fixture
def backend(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeServer]:
    with fake_server_running() as server:
        monkeypatch.setenv("WANDB_BASE_URL", server.url)
        monkeypatch.setenv("WANDB_API_KEY", KEY)
        yield server
