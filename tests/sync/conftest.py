"""A small store: a data set, a cell in two attempts, its evaluation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hackmentor.track.tracker import Artifact, Table
from hackmentor.track.wandb_run import Title, WandbRun
from tests.track.fake_server import KEY, Backend, served


def begin(outputs: Path, name: str, job: str, run_id: str | None = None, mode: str = "offline") -> WandbRun:
    title = Title(name, "grid", job, "hackmentor", None, run_id)
    return WandbRun(title, {"name": name, "optimizer": {"lr": 0.1}}, outputs, mode)  # type: ignore[arg-type]


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
    evaluation = begin(outputs, "grid", "evaluate")
    evaluation.used(model)
    evaluation.made(answers)
    evaluation.table("leaderboard", Table(("cell", "loss"), [("cell", 1.5), ("base", None)]))
    evaluation.finish(0)
    built = begin(outputs, "iio", "data")
    built.made(data)
    built.finish(0)
    for attempt, exit_code in ((0, 143), (1, 0)):
        cell = begin(outputs, "cell", "train", "cell0001")
        cell.used(data)
        for step in range(3):
            cell.loggers()[0].log_metrics({"loss": 3.0 - step - 3 * attempt}, step + 3 * attempt)
        if exit_code == 0:
            cell.made(model)
        cell.finish(exit_code)
    return outputs / "wandb"


@pytest.fixture
def backend(monkeypatch: pytest.MonkeyPatch) -> Iterator[Backend]:
    with served() as there:
        monkeypatch.setenv("WANDB_BASE_URL", there.url)
        monkeypatch.setenv("WANDB_API_KEY", KEY)
        yield there
