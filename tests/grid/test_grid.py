"""A grid of tiny cells, through the real command line, processes, W&B client and files."""

from __future__ import annotations

import html
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from math import ceil
from pathlib import Path
from typing import Any

import pytest

from hackmentor.cell.fingerprint import compute_fingerprint
from hackmentor.cli import main
from hackmentor.config.compose import CommandRequest, compose_grid, hydra_initialized
from tests.grid.forking import Forking

WANDB = Path(sys.executable).with_name("wandb")


def read(file: Path) -> Any:
    return json.loads(file.read_text())


def inspect(run: Path) -> list[dict[str, Any]]:
    """The records that W&B's own reader finds in an offline run."""
    done = subprocess.run([WANDB, "leet", "inspect", "--json", run], capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines() if line.strip()]


@pytest.fixture(scope="module")
def grid(
    tmp_path_factory: pytest.TempPathFactory, tiny_llama: Path, small_data: Path, forking_server: Forking
) -> tuple[Path, list[str]]:
    """Two cells trained in a folder, with the words that did it."""
    folder = tmp_path_factory.mktemp("grid")
    words = [
        *("-m", "base=smollm2", "size=135m", "data=iio,turn", f"base.path={tiny_llama}", f"paths.data={small_data}"),
        *("trainer=cpu", "trainer.max_epochs=1", "train.cutoff=256", "train.overlength=truncate", "train.batch_size=8"),
        *("train.validation_records=4", "evaluate.cutoff=256", "evaluate.records=4", "evaluate.questions=1"),
        *(
            "evaluate.max_new_tokens=8",
            "evaluate.safety.prompts=2",
            "evaluate.safety.max_new_tokens=4",
            "evaluate.exam.questions=9",
            "evaluate.exam.general=6",
            f"paths.outputs={folder / 'outputs'}",
        ),
    ]
    done = forking_server.run("train", words, folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "outputs", words


NAMES = ["smollm2-135m-lora-iio", "smollm2-135m-lora-turn"]


@pytest.mark.parametrize("name", NAMES)
def test_a_cell_leaves_all_its_files(grid: tuple[Path, list[str]], name: str) -> None:
    folder = grid[0] / "adhoc" / name
    for file in (
        "config.yaml",
        "card.json",
        "done.json",
        "metrics.csv",
        "train.log",
        "adapter/adapter_model.safetensors",
    ):
        assert (folder / file).is_file(), file
    card = read(folder / "card.json")
    assert card["cell"] == name
    assert card["data"]["records"] + sum(card["data"]["dropped"].values()) == 24
    assert card["figures"]["steps"] == ceil(card["data"]["records"] / 8) > 1
    header, *lines = (folder / "metrics.csv").read_text().splitlines()
    assert {"loss", "val_loss", "tokens_per_second", "lr"} <= set(header.split(","))
    assert len(lines) >= 2


@pytest.mark.parametrize("name", NAMES)
def test_checkpoints_hold_no_frozen_weight(grid: tuple[Path, list[str]], name: str) -> None:
    import torch

    files = list((grid[0] / "adhoc" / name / "checkpoints").glob("step=*.ckpt"))
    assert files
    state = torch.load(files[0], weights_only=True)["state_dict"]
    assert state
    assert all("lora_" in key for key in state)


def test_one_finished_run_a_cell_with_config_history_and_artifacts(grid: tuple[Path, list[str]]) -> None:
    runs = sorted((grid[0] / "wandb").glob("offline-run-*"))
    names = []
    for run in runs:
        records = inspect(run)
        (begun,) = [record["run"] for record in records if record["type"] == "run"]
        names.append(begun["display_name"])
        assert (begun["run_group"], begun["job_type"]) == ("adhoc", "train")
        assert begun["config"]["update"]["optimizer"]["lr"] == 0.0002
        assert [record["exit"].get("exit_code", 0) for record in records if record["type"] == "exit"] == [0]
        history = "".join(json.dumps(record) for record in records if record["type"] == "history")
        assert "val_loss" in history
        steps = read(grid[0] / "adhoc" / begun["display_name"] / "card.json")["figures"]["steps"]
        assert history.count("tokens_per_second") == steps
        artifacts = {
            record["artifact"]["type"]: record["artifact"] for record in records if record["type"] == "artifact"
        }
        assert artifacts["dataset"]["use_after_commit"]
        files = {entry["path"]: entry for entry in artifacts["model"]["manifest"]["contents"]}
        assert {"adapter_model.safetensors", "card.json"} <= {Path(path).name for path in files}
        assert all(Path(entry["local_path"]).is_file() for entry in files.values())
    assert sorted(names) == NAMES


def test_the_same_command_again_trains_nothing(
    grid: tuple[Path, list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    before = {file: file.stat().st_mtime_ns for file in grid[0].rglob("done.json")}
    assert main(["train", *grid[1]]) == 0
    assert {file: file.stat().st_mtime_ns for file in grid[0].rglob("done.json")} == before
    assert len(list((grid[0] / "wandb").glob("offline-run-*"))) == 2


def test_a_finished_cell_is_not_overwritten_by_another_config(
    grid: tuple[Path, list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", *grid[1], "optimizer.lr=0.5"]) == 2
    assert "optimizer.lr was 0.0002, now 0.5" in capsys.readouterr().err


def test_evaluate_compares_with_the_untuned_base(
    grid: tuple[Path, list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", *grid[1]]) == 0
    assert "smollm2-135m-lora-turn" in capsys.readouterr().out.replace("\n", "")
    folder = grid[0] / "adhoc"
    verdict = read(folder / "verdict.json")
    assert sorted(verdict["ranking"]) == ["smollm2-135m", *NAMES]
    assert verdict["bases"] == dict.fromkeys(NAMES, "smollm2-135m")
    values = {measure["name"]: measure["values"] for measure in verdict["measures"]}
    assert {"arena", "loss iio", "loss turn", "refuses harmful", "refuses legitimate", "follows injections"} <= set(
        values
    )
    gain = next(one for one in verdict["findings"] if (one["cell"], one["measure"]) == (NAMES[0], "loss iio"))
    assert gain["low"] <= gain["difference"] <= gain["high"]
    assert values["loss iio"][NAMES[0]] - values["loss iio"]["smollm2-135m"] == pytest.approx(gain["difference"])
    answers = [json.loads(line) for line in (folder / "smollm2-135m" / "answers.jsonl").read_text().splitlines()]
    assert len(answers) == 2 + 3 * 2
    assert all(one["tokens"] <= 8 for one in answers)
    battles = [json.loads(line) for line in (folder / "battles.jsonl").read_text().splitlines()]
    assert len(battles) == 2 * 3
    assert {battle["judge"] for battle in battles} == {"reference"}


def test_evaluate_again_measures_nothing(grid: tuple[Path, list[str]]) -> None:
    assert main(["evaluate", *grid[1]]) == 0
    before = {file: file.stat().st_mtime_ns for file in grid[0].rglob("held_out.json")}
    assert len(before) == 3
    texts = [file.read_text() for file in sorted(grid[0].rglob("answers.jsonl"))]
    verdict = (grid[0] / "adhoc" / "verdict.json").read_text()
    assert main(["evaluate", *grid[1]]) == 0
    assert [file.read_text() for file in sorted(grid[0].rglob("answers.jsonl"))] == texts
    assert (grid[0] / "adhoc" / "verdict.json").read_text() == verdict
    assert {file: file.stat().st_mtime_ns for file in grid[0].rglob("held_out.json")} == before


def test_review_shows_the_grid_with_commands_that_make_its_cells(grid: tuple[Path, list[str]]) -> None:
    assert main(["review", *grid[1]]) == 0
    page = (grid[0] / "adhoc" / "review.html").read_text()
    assert read(grid[0] / "adhoc" / "verdict.json")["ranking"][0] in page
    commands = re.findall(r"<pre><code>(hackmentor train [^<]*)</code></pre>", page)
    assert len(commands) == 2
    for name, command in zip(NAMES, commands, strict=True):
        request = CommandRequest("train", tuple(shlex.split(html.unescape(command))[2:]))
        with hydra_initialized(request) as hydra:
            (cell,) = compose_grid(hydra, request).cells
        assert compute_fingerprint(cell.config) == read(grid[0] / "adhoc" / name / "done.json")["fingerprint"]


def test_a_failing_cell_does_not_stop_the_next(workplace: Path, tiny_words: list[str], forking_server: Forking) -> None:
    # The second value of the sweep refuses the records that are too long, which the first one cuts.
    words = [word for word in tiny_words if not word.startswith("train.overlength")]
    name = "'${base.name}-${size.name}-${method.name}-${data.name}-${train.overlength}'"
    words = ["-m", *words, "tracker=none", f"name={name}", "train.overlength=error,truncate"]
    done = forking_server.run("train", words, workplace)
    assert done.returncode == 1
    folder = workplace / "outputs" / "adhoc"
    assert not (folder / "smollm2-135m-lora-iio-error" / "done.json").exists()
    assert (folder / "smollm2-135m-lora-iio-truncate" / "done.json").is_file()
    assert "over train.cutoff=256" in (folder / "smollm2-135m-lora-iio-error" / "train.log").read_text()
    assert "1 failed, 1 done" in done.stdout
    assert "over train.cutoff=256" in done.stdout.replace("\n", " ")


def test_one_cell_without_a_tracker(workplace: Path, tiny_words: list[str]) -> None:
    assert main(["train", *tiny_words, "tracker=none"]) == 0
    assert (workplace / "outputs" / "adhoc" / NAMES[0] / "done.json").is_file()
    assert not (workplace / "outputs" / "wandb").exists()


def test_full_fine_tuning(workplace: Path, tiny_words: list[str]) -> None:
    words = [*tiny_words, "tracker=none", "method=full", "quant=none"]
    assert main(["train", *words]) == 0
    folder = workplace / "outputs" / "adhoc" / "smollm2-135m-full-iio"
    assert (folder / "adapter" / "model.safetensors").is_file()
    assert main(["evaluate", *words]) == 0


def test_a_grid_that_is_asked_to_stop_has_its_cell_saved(
    workplace: Path, tiny_words: list[str], forking_server: Forking
) -> None:
    words = ["-m", *tiny_words, "tracker=none", "trainer.max_epochs=500", "data=iio,turn"]
    first, second = (workplace / "outputs" / "adhoc" / name for name in NAMES)
    grid = forking_server.start(words, workplace, workplace / "said")
    while forking_server.is_running(grid) and not (first / "metrics.csv").is_file():
        time.sleep(0.01)
    os.kill(grid, signal.SIGINT)
    code, said = forking_server.wait(grid), (workplace / "said").read_text()
    assert code == 130, said
    assert "stopped by SIGINT; cells that are done stay done" in said
    assert list(first.glob("checkpoints/step=*.json"))
    assert not second.exists()
