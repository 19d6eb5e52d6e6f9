"""trainer.num_nodes: refused where no other node would come, let through where Lightning finds how to meet them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from hackmentor.cli import main
from hackmentor.config.compose import CommandRequest, compose_grid, hydra_initialized
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.files import read_json
from tests.conftest import REPOSITORY

TOLD = {
    "torchrun": {"TORCHELASTIC_RUN_ID": "none"},
    "srun": {"SLURM_NTASKS": "2", "SLURM_JOB_NAME": "smollm2-135m-lora-iio"},
    "jsrun": {"LSB_JOBID": "1", "LSB_DJOB_RANKFILE": "f", "JSM_NAMESPACE_LOCAL_RANK": "0", "JSM_NAMESPACE_SIZE": "2"},
    "by hand": {"MASTER_ADDR": "10.0.0.1", "MASTER_PORT": "29500", "NODE_RANK": "1"},
}
# Lightning would take itself for the whole cluster, or for one that no one can call.
NOT_TOLD = {
    "nothing": {},
    "salloc": {"SLURM_NTASKS": "2", "SLURM_JOB_NAME": "interactive"},
    "no port": {"MASTER_ADDR": "10.0.0.1", "NODE_RANK": "1"},
}
TWO = "trainer.num_nodes=2"


WORDS = ["trainer.strategy=ddp", "tracker=none", "quant=none"]


@pytest.fixture
def clean(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in {name for told in [*TOLD.values(), *NOT_TOLD.values()] for name in told}:
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def composed(verb: str, *words: str, multirun: bool = False) -> list[str]:
    """The reasons why cells are skipped."""
    request = CommandRequest(verb, words, multirun)
    with hydra_initialized(request) as hydra:
        return [one.reason for one in compose_grid(hydra, request).impossible]


@pytest.mark.parametrize("told", TOLD.values(), ids=TOLD.keys())
def test_a_cell_that_was_started_on_its_nodes_is_let_through(told: dict[str, str], clean: pytest.MonkeyPatch) -> None:
    for name, value in told.items():
        clean.setenv(name, value)
    assert composed("train", TWO) == []


@pytest.mark.parametrize("told", NOT_TOLD.values(), ids=NOT_TOLD.keys())
def test_a_cell_that_would_wait_for_ever_is_refused(told: dict[str, str], clean: pytest.MonkeyPatch) -> None:
    for name, value in told.items():
        clean.setenv(name, value)
    with pytest.raises(UserError, match="nothing here starts the cell on 2 machines; use hydra/launcher=slurm"):
        composed("train", TWO)


def test_of_a_grid_on_this_machine_the_cell_is_skipped(clean: pytest.MonkeyPatch) -> None:
    clean.setenv("TORCHELASTIC_RUN_ID", "none")  # that starts this command, not the cell
    (why,) = composed("train", "trainer.num_nodes=1,2", multirun=True)
    assert why.startswith("trainer.num_nodes=2: a grid starts its cells on this machine alone")


def test_who_does_not_train_here_is_not_asked(clean: pytest.MonkeyPatch) -> None:
    assert composed("train", TWO, "hydra/launcher=slurm", "trainer=gpu") == []
    assert composed("status", TWO) == composed("plan", TWO) == []


def test_the_command_says_so_before_anything_heavy_loads(
    workplace: Path, clean: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", TWO]) == 2
    assert "MASTER_ADDR, MASTER_PORT and NODE_RANK" in capsys.readouterr().err
    assert list(workplace.iterdir()) == []


@pytest.mark.parametrize("way", ["by hand", pytest.param("torchrun", marks=pytest.mark.long)])
def test_two_nodes_that_were_told_of_each_other_train_a_cell(
    way: str, tiny_words: list[str], workplace: Path, clean: pytest.MonkeyPatch
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    words = ["hackmentor.train", *tiny_words, TWO, *WORDS]
    shared = os.environ | {"PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"}
    nodes = []
    for rank in ("0", "1"):
        if way == "torchrun":
            flags = ["--nnodes=2", f"--node-rank={rank}", "--master-addr=127.0.0.1", f"--master-port={port}"]
            command, told = [sys.executable, "-m", "torch.distributed.run", *flags, "-m", *words], {}
        else:
            command = [sys.executable, "-m", *words]
            told = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "NODE_RANK": rank}
        nodes.append(subprocess.Popen(command, env=shared | told))
    try:
        assert [node.wait(timeout=120) for node in nodes] == [0, 0]
    finally:
        for node in nodes:
            node.kill()
    card = read_json(workplace / "outputs" / "adhoc" / "smollm2-135m-lora-iio" / "card.json")
    assert card["figures"]["steps"] > 0
