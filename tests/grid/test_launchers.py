"""What the launchers of a cluster ask for, and refuse in words: told from a configuration, with nothing submitted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hydra.types import RunMode
from omegaconf import DictConfig

from hackmentor.cli import main
from hackmentor.config.compose import CommandRequest, compose_grid, hydra_initialized
from hackmentor.config.schema import RaySettings, SlurmSettings
from hackmentor.config.validate import validate_config
from hackmentor.grid.optional_packages import check_package_installed
from hackmentor.grid.ray_launcher import parse_ray_settings
from hackmentor.grid.slurm_launcher import _build_sbatch_parameters, parse_slurm_settings
from hackmentor.runtime.errors import UserError


def composed(*words: str) -> DictConfig:
    with hydra_initialized(CommandRequest("train")) as hydra:
        return hydra.config_loader.load_configuration("train", list(words), RunMode.MULTIRUN)


def slurm(*words: str) -> SlurmSettings:
    whole = composed("base=llama", "size=7b", "hydra/launcher=slurm", *words)
    return parse_slurm_settings(whole, validate_config(whole))


def ray(*words: str) -> RaySettings:
    whole = composed("base=llama", "size=7b", "hydra/launcher=ray", *words)
    return parse_ray_settings(whole, validate_config(whole))


def test_a_job_asks_for_what_its_trainer_uses() -> None:
    settings = slurm("trainer=gpu", "trainer.devices=4", "trainer.num_nodes=2")
    assert (settings.nodes, settings.tasks_per_node, settings.gpus_per_node) == (2, 4, 4)
    assert slurm("trainer=cpu").gpus_per_node == 0


def test_what_is_set_reaches_sbatch() -> None:
    words = ["hydra.launcher.partition=a100", "hydra.launcher.account=sec", "hydra.launcher.mem_gb=1.5"]
    words += ["hydra.launcher.timeout_min=90", "+hydra.launcher.additional_parameters.reservation=mine"]
    asked = _build_sbatch_parameters(slurm("trainer=gpu", *words), "llama-7b-lora-iio")
    expected: dict[str, Any] = {
        "job_name": "llama-7b-lora-iio", "partition": "a100", "account": "sec", "mem": "1536M", "time": 90,
        "nodes": 1, "ntasks_per_node": 1, "gpus_per_node": 1,
        "additional_parameters": {"requeue": True, "reservation": "mine"},
    }  # fmt: skip
    assert {key: asked[key] for key in expected} == expected
    assert "qos" not in asked


def test_a_site_without_gpus_per_node_asks_by_gres() -> None:
    words = ["trainer=gpu", "hydra.launcher.gpus_per_node=0", "hydra.launcher.gres=gpu:a100:1"]
    asked = _build_sbatch_parameters(slurm(*words), "cell")
    assert asked["gres"] == "gpu:a100:1"
    assert "gpus_per_node" not in asked


REFUSED = {
    "devices": (slurm, ["trainer=gpu", "trainer.devices=-1"], "trainer.devices=-1 must be a number"),
    "auto": (slurm, ["trainer=auto"], "must know what to ask for"),
    "minutes": (slurm, ["trainer=gpu", "hydra.launcher.timeout_min=0"], r"launcher\.timeout_min=0: input should"),
    "ray nodes": (ray, ["trainer=gpu", "trainer.num_nodes=2"], "trains a cell on one node, not 2"),
    "ray auto": (ray, ["trainer=auto"], "must know what to ask for"),
    "ray cpus": (ray, ["trainer=gpu", "hydra.launcher.num_cpus=many"], r"hydra\.launcher\.num_cpus=many"),
}  # fmt: skip


@pytest.mark.parametrize(("settings", "words", "expected"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_asked_for_is_refused_in_words(settings: Any, words: Sequence[str], expected: str) -> None:
    with pytest.raises(UserError, match=expected):
        settings(*words)


def test_a_ray_task_asks_for_a_gpu_a_device() -> None:
    assert ray("trainer=gpu", "trainer.devices=2").num_gpus == 2
    assert ray("trainer=cpu").num_gpus == 0
    assert ray("trainer=auto", "hydra.launcher.num_gpus=0.5").num_gpus == 0.5


def test_one_cell_goes_to_a_cluster_as_a_sweep() -> None:
    request = CommandRequest("train", ("hydra/launcher=slurm",))
    with hydra_initialized(request) as hydra:
        assert compose_grid(hydra, request).is_sweep
    request = CommandRequest("train", ("hydra/launcher=slurm", "hydra.mode=RUN"))  # what runs there
    with hydra_initialized(request) as hydra:
        assert not compose_grid(hydra, request).is_sweep


def test_a_missing_package_is_said_with_the_command_that_installs_it() -> None:
    with pytest.raises(UserError, match=r"pip install 'hackmentor\[slurm\]'"):
        check_package_installed("no_such_package", extra="slurm", option="hydra/launcher=slurm")


def test_without_sbatch_nothing_starts(
    workplace: Any, tiny_words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "")
    assert main(["train", *tiny_words, "tracker=none", "hydra/launcher=slurm"]) == 2
    assert "there is no sbatch here" in capsys.readouterr().err
    assert not (workplace / "outputs").exists()
