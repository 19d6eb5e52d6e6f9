"""hydra/launcher=slurm on a real SLURM of one node: the same adapters as here, to the bit, whatever SLURM does."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.grid.slurm.cluster import cluster, missing

pytestmark = pytest.mark.skipif((why := missing()) is not None, reason=str(why))

SLURM = ["hydra/launcher=slurm", "hydra.launcher.poll_seconds=0.3"]
CELL = "smollm2-135m-lora-iio"


@pytest.fixture(scope="module")
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    # What is compared is computed with as many threads.
    settings = {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(REPOSITORY)}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in settings.items():
            patch.setenv(name, value)
        with cluster(tmp_path_factory.mktemp("slurm") / "cluster") as environment:
            yield environment


@pytest.fixture
def words(tiny_words: list[str]) -> list[str]:
    return [*tiny_words, "tracker=none", "quant=none"]


def train(words: list[str], cwd: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hackmentor", "train", *words]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=600)


def adapters(cwd: Path) -> dict[str, str]:
    files = cwd.glob("outputs/adhoc/*/adapter/adapter_model.safetensors")
    return {file.parts[-3]: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def places(tmp_path: Path) -> tuple[Path, Path]:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    return here, there


def test_a_grid_is_the_same_to_the_bit(slurm: dict[str, str], words: list[str], tmp_path: Path) -> None:
    here, there = places(tmp_path)
    grid = ["-m", *words, "data=iio,turn", "method=lora,rslora"]
    # A folder of the user's own reaches the nodes as well.
    mine = tmp_path / "mine" / "optimizer"
    mine.mkdir(parents=True)
    (mine / "mine.yaml").write_text((REPOSITORY / "conf/optimizer/adamw.yaml").read_text())
    grid += ["--config-dir", str(mine.parent), "optimizer=mine"]
    assert train(grid, here, slurm).returncode == 0
    done = train([*grid, *SLURM], there, slurm)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(adapters(here)) == 4
    assert adapters(there) == adapters(here)
    again = train([*grid, *SLURM], there, slurm)
    assert again.returncode == 0
    assert len(list(there.rglob("*_submission.sh"))) == 4, "a cell that is done was submitted again"


def test_a_preempted_cell_is_requeued_and_ends_the_same(
    slurm: dict[str, str], words: list[str], tmp_path: Path
) -> None:
    here, there = places(tmp_path)
    long = [word for word in words if not word.startswith("trainer.max_epochs")]
    long += ["trainer.max_epochs=60", "train.batch_size=2", "method.dropout=0.3", "optimizer.lr=0.01"]
    assert train(long, here, slurm).returncode == 0
    command = [sys.executable, "-m", "hackmentor", "train", *long, *SLURM]
    folder = there / "outputs" / "adhoc" / CELL
    with subprocess.Popen(
        command, cwd=there, env=slurm, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as grid:
        until_rows(folder / "metrics.csv", 20, grid)
        # It wants the whole node, and its partition goes first.
        urgent = ["sbatch", "--partition=urgent", "--ntasks=2", "--output=/dev/null", "--wrap=sleep 1"]
        subprocess.run(urgent, cwd=there, env=slurm, check=True, capture_output=True)
        said = grid.communicate(timeout=600)[0]
    assert grid.returncode == 0, said
    assert "continuing after step" in (folder / "train.log").read_text()
    assert "PREEMPTION" in next((folder / "slurm").glob("*_0_log.out")).read_text()
    assert adapters(there) == adapters(here)


def test_a_signalled_cell_goes_back_into_the_queue_and_a_command_that_left_finds_it_there(
    slurm: dict[str, str], words: list[str], tmp_path: Path
) -> None:
    long = [*words, "trainer.max_epochs=60", "train.batch_size=2"]
    command = [sys.executable, "-m", "hackmentor", "train", *long, *SLURM]
    folder = tmp_path / "outputs" / "adhoc" / CELL
    with subprocess.Popen(
        command, cwd=tmp_path, env=slurm, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as grid:
        until_rows(folder / "metrics.csv", 20, grid)
        number = json.loads((folder / "slurm" / "job.json").read_text())["number"]
        grid.terminate()
        said = grid.communicate(timeout=60)[0]
    assert grid.returncode == 143
    assert f"jobs {number} stay with SLURM" in said
    # As at its time limit.
    subprocess.run(["scancel", "--signal=USR2", number], env=slurm, check=True)
    done = train([*long, *SLURM], tmp_path, slurm)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"job {number} is in the queue already" in done.stdout + done.stderr
    output = (folder / "slurm" / f"{number}_0_log.out").read_text()
    assert "stopped by SIGUSR2" in output
    assert f"Requeued job {number}" in output
    assert "continuing after step" in (folder / "train.log").read_text()


def test_two_tasks_train_one_cell_while_another_fails(slurm: dict[str, str], words: list[str], tmp_path: Path) -> None:
    here, there = places(tmp_path)
    # The second value of the sweep refuses the records that are too long, which the first one cuts.
    name = "name='${base.name}-${train.overlength}'"
    two = [word for word in words if not word.startswith("train.overlength")]
    two += [name, "trainer.devices=2", "trainer.strategy=ddp", "train.batch_size=8"]
    assert train([*two, "train.overlength=truncate"], here, slurm).returncode == 0
    done = train(["-m", *two, "train.overlength=error,truncate", *SLURM], there, slurm)
    assert done.returncode == 1, done.stdout + done.stderr
    said = " ".join(done.stdout.split())
    assert said.endswith("1 failed, 1 done")
    assert "over train.cutoff=256" in said
    assert list(adapters(there)) == ["smollm2-truncate"]
    assert adapters(there) == adapters(here)
    outputs = there / "outputs" / "adhoc" / "smollm2-truncate" / "slurm"
    assert {file.name.partition("_")[2] for file in outputs.glob("*.out")} == {"0_log.out", "1_log.out"}


def until_rows(file: Path, rows: int, process: subprocess.Popen[str]) -> None:
    while process.poll() is None and not (file.is_file() and file.read_text().count("\n") > rows):
        time.sleep(0.02)
