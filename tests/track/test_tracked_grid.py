"""A real 2 x 2 grid in the original's naming, trained, evaluated, and every run and file of it found in the store."""

from __future__ import annotations

import base64
import csv
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from hackmentor.cell.folder import CellFolder
from hackmentor.cell.metrics import read_metric_rows
from hackmentor.cli import main
from hackmentor.sync.run_store import StoredRun, read_store
from hackmentor.sync.upload_order import sort_by_lineage
from tests.grid.forking import Forking
from tests.track.fake_server import KEY, fake_server_running

CELLS = {f"{base}-7b-lora-{data}" for base in ("llama", "vicuna") for data in ("iio", "turn")}
SMALL = (
    *("trainer=cpu", "trainer.max_epochs=1", "train.cutoff=256", "train.overlength=truncate"),
    *("train.validation_records=4", "evaluate.cutoff=256", "evaluate.records=4", "evaluate.questions=1"),
    *("evaluate.max_new_tokens=8", "evaluate.safety.prompts=2", "evaluate.safety.max_new_tokens=4"),
    *("evaluate.exam.questions=9", "evaluate.exam.general=6"),
)


@pytest.fixture(scope="module")
def outputs(
    tmp_path_factory: pytest.TempPathFactory, tiny_llama: Path, small_data: Path, forking_server: Forking
) -> Path:
    folder = tmp_path_factory.mktemp("grid")
    words = ["-m", "base=llama,vicuna", "size=7b", "data=iio,turn", f"base.path={tiny_llama}", *SMALL]
    words += [f"paths.data={small_data}", f"paths.outputs={folder / 'outputs'}"]
    for verb in ("train", "evaluate"):
        done = forking_server.run(verb, words, folder)
        assert done.returncode == 0, done.stdout + done.stderr
    return folder / "outputs"


@pytest.fixture(scope="module")
def runs(outputs: Path) -> list[StoredRun]:
    return read_store(outputs / "wandb")


def of(runs: list[StoredRun], job: str) -> dict[str, StoredRun]:
    found = [run for run in runs if run.job_type == job]
    assert len(found) == len({run.name for run in found})
    return {run.name: run for run in found}


def test_the_runs_are_the_planned_cells(outputs: Path, runs: list[StoredRun]) -> None:
    trained = of(runs, "train")
    assert set(trained) == CELLS
    assert set(of(runs, "evaluate")) == CELLS | {"llama-7b", "vicuna-7b", "adhoc"}
    assert len({run.id for run in runs}) == len(runs) == 11
    for name, run in trained.items():
        folder = CellFolder(outputs / "adhoc" / name)
        assert (run.group, run.exit_code) == ("adhoc", 0)
        assert run.id == json.loads(folder.tracker_run.read_text())["id"]
        assert run.rows == len(list(csv.reader(folder.metrics.open()))) - 1
        assert config_of(run) == yaml.safe_load(folder.config.read_text())


def config_of(run: StoredRun) -> dict[str, object]:
    """The configuration as W&B's own reader shows it."""
    command = [sys.executable, "-m", "wandb", "leet", "inspect", "--json", str(run.folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    (begun,) = [record["run"] for line in done.stdout.splitlines() if (record := json.loads(line))["type"] == "run"]
    return {key: value for key, value in begun["config"]["update"].items() if key != "_wandb"}


def test_every_file_on_disk_is_in_a_manifest_and_every_md5_agrees(outputs: Path, runs: list[StoredRun]) -> None:
    listed = set()
    for run in runs:
        for entry in (entry for one in run.artifacts for entry in one.files):
            content = entry.local_path.read_bytes()
            assert base64.b64encode(hashlib.md5(content).digest()).decode() == entry.md5
            listed.add((Path(entry.path).name, hashlib.sha256(content).hexdigest()))
    # States to go on from, logs that are still written, and what only this machine needs.
    aside = {"done.json", "state.json", "run.json", "evaluate-run.json", "progress.json"}
    aside |= {"train.log", "train.lock", "evaluate.lock"}
    files = [file for file in (outputs / "adhoc").rglob("*") if file.is_file() and "checkpoints" not in file.parts]
    assert {"answers.jsonl", "battles.jsonl", "ratings.json", "verdict.json"} <= {file.name for file in files}
    missing = [file for file in files if (file.name, hashlib.sha256(file.read_bytes()).hexdigest()) not in listed]
    assert {file.name for file in missing} <= aside


def test_a_sync_draws_the_whole_line_from_data_to_ratings(
    outputs: Path, runs: list[StoredRun], monkeypatch: pytest.MonkeyPatch
) -> None:
    (job,) = [run for run in runs if run.name == "adhoc"]
    assert sort_by_lineage(runs)[-1] is job
    with fake_server_running() as backend:
        monkeypatch.setenv("WANDB_BASE_URL", backend.url)
        monkeypatch.setenv("WANDB_API_KEY", KEY)
        gone = job.artifacts[0].files[0].local_path
        shutil.move(gone, outputs / "aside")
        assert main(["sync", f"store={outputs / 'wandb'}"]) == 2
        shutil.move(outputs / "aside", gone)
        assert main(["sync", f"store={outputs / 'wandb'}"]) == 0
        declared = {(one.name, run.id) for run in runs for one in run.artifacts if one.is_input}
        drawn = {(one.collection, run) for one in backend.artifacts.values() for run in one.used_by}
        assert drawn == declared
        assert len(declared) == 4 * 2 + 6 * 2 + 6
        for name in CELLS:
            (model,) = backend.collection(f"adhoc.{name}")
            for file in ("adapter/adapter_model.safetensors", "card.json", "config.yaml", "metrics.csv"):
                assert backend.file(model, file) == (outputs / "adhoc" / name / file).read_bytes()
            edges = backend.edges()
            made = f"adhoc.{name}"
            line = [f"data.{name.rpartition('-')[2]}", name, made, name, f"{made}.answers", "adhoc", "adhoc.ratings"]
            assert all(edge in edges for edge in pairwise(line))


def test_a_killed_run_is_there_with_what_it_logged(
    workplace: Path, tiny_words: list[str], forking_server: Forking
) -> None:
    words = [*tiny_words, "trainer.max_epochs=2000"]
    cell = CellFolder(workplace / "outputs" / "adhoc" / "smollm2-135m-lora-iio")
    process = forking_server.start(words, workplace, workplace / "said")
    while forking_server.is_running(process) and not cell.metrics.is_file():
        time.sleep(0.01)
    logged = 0
    until = time.monotonic() + 4
    while forking_server.is_running(process) and time.monotonic() < until:
        logged, _ = len(read_metric_rows(cell.metrics)), time.sleep(0.5)
    os.kill(process, signal.SIGKILL)
    assert forking_server.wait(process) == -signal.SIGKILL, (workplace / "said").read_text()
    (run,) = read_store(workplace / "outputs" / "wandb")
    assert (run.name, run.state, run.exit_code) == ("smollm2-135m-lora-iio", "incomplete", None)
    # It flushes once a second.
    assert run.rows > 0
    assert run.rows >= logged / 2
    assert not cell.done.exists()


def test_a_failing_cell_has_its_traceback_in_its_own_log(
    workplace: Path, tiny_words: list[str], forking_server: Forking
) -> None:
    # A file where the folder of checkpoints should be: nothing that is checked before the cell begins.
    cell = workplace / "outputs" / "adhoc" / "smollm2-135m-lora-iio"
    cell.mkdir(parents=True)
    (cell / "checkpoints").write_text("")
    assert forking_server.run("train", tiny_words, workplace).returncode == 1
    (run,) = read_store(workplace / "outputs" / "wandb")
    assert (run.exit_code, run.state) == (1, "failed (1)")
    log = (workplace / "outputs" / "adhoc" / "smollm2-135m-lora-iio" / "train.log").read_text()
    assert "Traceback (most recent call last)" in log


def test_cells_in_one_process_share_no_run_and_no_tracker_changes_a_weight(
    workplace: Path, tiny_words: list[str]
) -> None:
    (workplace / "mine" / "tracker").mkdir(parents=True)
    (workplace / "mine" / "tracker" / "csv.yaml").write_text(
        "name: csv\nlogger: lightning.pytorch.loggers.CSVLogger\n"
        "arguments: {save_dir: logs, name: '${experiment}', version: '${name}'}\n"
    )
    words = [*tiny_words, "trainer.max_steps=1"]
    for more in (
        ["name=first"],
        ["name=second", "data=turn"],
        ["name=again"],
        ["name=alone", "tracker=none"],
        ["name=board", "tracker=tensorboard"],
        ["name=rows", "tracker=csv", "--config-dir", "mine"],
    ):
        assert main(["train", *words, *more]) == 0
    found = read_store(workplace / "outputs" / "wandb")
    assert [run.name for run in found] == ["first", "second", "again"]
    assert len({run.id for run in found}) == 3
    assert len({run.rows for run in found}) == 1
    cells = workplace / "outputs" / "adhoc"
    same = [cells / name / "adapter/adapter_model.safetensors" for name in ("first", "again", "alone", "board", "rows")]
    assert len({file.read_bytes() for file in same}) == 1
    assert "val_loss" in (workplace / "logs" / "adhoc" / "rows" / "metrics.csv").read_text()
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(workplace / "outputs" / "tensorboard" / "adhoc" / "board"))
    events.Reload()
    assert {"loss", "val_loss"} <= set(events.Tags()["scalars"])
