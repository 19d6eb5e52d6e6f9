"""A small store: a data set, a cell in two attempts, its evaluation."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from hackmentor.runtime.errors import UserError
from hackmentor.sync.run_store import read_run
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


@pytest.fixture(scope="session")
def built_store(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A store, where it says that its files are, and a copy of it to take it anew from."""
    place = tmp_path_factory.mktemp("built")
    outputs = place / "outputs"
    data, model, answers = (
        artifact(place, *both) for both in (("data.iio", "dataset"), ("cell", "model"), ("cell.answers", "answers"))
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
    _wait_for_both_attempts(outputs / "wandb")
    return outputs / "wandb", shutil.copytree(outputs / "wandb", place / "copy", symlinks=True)


def _wait_for_both_attempts(store: Path) -> None:
    """W&B's service keeps the second run of one id in one process open, and writes what it has every second.

    Attempts of a real cell are processes of their own, and each ends with its file.
    """
    attempts = list(store.glob("offline-run-*-cell0001*"))
    assert len(attempts) == 2
    for attempt in attempts:
        for _ in range(30):
            with suppress(UserError):
                if read_run(attempt).exit_code is not None:
                    break
            time.sleep(0.5)
        else:
            pytest.fail(f"W&B has not written the end of {attempt} in 15 seconds")


@pytest.fixture
def store(built_store: tuple[Path, Path]) -> Path:
    store, copy = built_store
    shutil.rmtree(store, ignore_errors=True)
    return shutil.copytree(copy, store, symlinks=True)


@pytest.fixture
def backend(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeServer]:
    with fake_server_running() as server:
        monkeypatch.setenv("WANDB_BASE_URL", server.url)
        monkeypatch.setenv("WANDB_API_KEY", KEY)
        yield server
