"""What we use of Hydra beyond its public API: it is still there, is used in one module, and does what we need."""

from __future__ import annotations

import ast
import inspect
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hydra._internal.callbacks import Callbacks
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.config_search_path_impl import ConfigSearchPathImpl
from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra._internal.core_plugins.file_config_source import FileConfigSource
from hydra._internal.hydra import Hydra
from hydra._internal.sources_registry import SourcesRegistry
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.utils import JobReturn, JobStatus, filter_overrides, run_job
from omegaconf import DictConfig

from hackmentor.config.compose import CommandRequest, compose_job, hydra_initialized
from hackmentor.config.hydra_internals import get_job_error, is_config_group, split_sweep
from tests.conftest import REPOSITORY

# Each with its parameters in Hydra 1.3, without self.
SIGNATURES: dict[Callable[..., object], list[str]] = {
    Hydra.create_main_hydra2: ["task_name", "config_search_path"],
    Hydra.compose_config: ["config_name", "overrides", "run_mode", "with_log_configuration", "from_shell",
                           "validate_sweep_overrides"],
    Hydra.multirun: ["config_name", "task_function", "overrides", "with_log_configuration"],
    Callbacks: ["config"],
    Callbacks.on_run_start: ["config", "kwargs"],
    Callbacks.on_run_end: ["config", "kwargs"],
    run_job: ["task_function", "config", "job_dir_key", "job_subdir_key", "hydra_context", "configure_logging"],
    ConfigLoaderImpl._apply_overrides_to_config: ["overrides", "cfg"],
    ConfigSearchPathImpl.append: ["provider", "path", "anchor"],
    FileConfigSource: ["provider", "path"],
    FileConfigSource.load_config: ["config_path"],
    FileConfigSource.is_config: ["config_path"],
    FileConfigSource.is_group: ["config_path"],
    FileConfigSource.list: ["config_path", "results_filter"],
    SourcesRegistry.register: ["type_"],
    BasicSweeper.split_arguments: ["overrides", "max_batch_size"],
    filter_overrides: ["overrides"],
}  # fmt: skip
# What a launcher of Hydra's has to return.
PLUGIN_API = {"JobReturn", "JobStatus"}
OF_HYDRA = "Error executing job"
WHY = "over train.cutoff=256"


@pytest.mark.parametrize("function", SIGNATURES, ids=lambda function: function.__qualname__)
def test_hydra_still_has_what_we_use(function: Callable[..., object]) -> None:
    assert [name for name in inspect.signature(function).parameters if name != "self"] == SIGNATURES[function]


def test_a_job_keeps_its_error_apart_from_its_value() -> None:
    job = JobReturn(status=JobStatus.FAILED)
    job.return_value = ZeroDivisionError()
    assert isinstance(get_job_error(job), ZeroDivisionError)
    job = JobReturn(status=JobStatus.COMPLETED)
    job.return_value = 1.5
    assert get_job_error(job) is None


def test_hydra_tells_groups_from_keys_and_splits_sweeps() -> None:
    with hydra_initialized(CommandRequest("train")) as hydra:
        assert is_config_group(hydra.config_loader, "base")
        assert not is_config_group(hydra.config_loader, "seed")
    parsed = OverridesParser.create().parse_overrides(["seed=1,2", "data=iio,turn"])
    assert split_sweep(parsed) == [[f"seed={seed}", f"data={data}"] for seed in (1, 2) for data in ("iio", "turn")]


def private_uses(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "hydra":
            assert node.module is not None
            names = {alias.name for alias in node.names}
            public = PLUGIN_API if node.module == "hydra.core.utils" else names
            for name in sorted(names - public):
                yield f"{file}: {node.module}.{name}"
            if any(part.startswith("_") for part in (*node.module.split("."), *names)):
                yield f"{file}: {node.module}"
        elif isinstance(node, ast.Import):
            yield from (f"{file}: {a.name}" for a in node.names if a.name.startswith(("hydra._", "hydra.core.utils")))
        elif isinstance(node, ast.Attribute) and node.attr in ("_return_value", "_apply_overrides_to_config"):
            yield f"{file}: {node.attr}"


def test_only_one_module_uses_private_names_of_hydra() -> None:
    files = [file for folder in ("hackmentor", "hydra_plugins") for file in (REPOSITORY / folder).rglob("*.py")]
    internals = REPOSITORY / "hackmentor" / "config" / "hydra_internals.py"
    assert len(list(private_uses(internals))) > 8  # the check sees what it should
    assert [use for file in files if file != internals for use in private_uses(file)] == []


@pytest.mark.parametrize("grid", [False, True], ids=["a cell", "a grid's cell"])
def test_a_failed_cell_says_why_and_nothing_else(tiny_words: list[str], workplace: Path, grid: bool) -> None:
    words = [*tiny_words, "train.overlength=error", "tracker=none", "quant=none", *(["-m"] if grid else [])]
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "hackmentor", "train", *words]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    (log,) = workplace.glob("outputs/adhoc/*/train.log")
    assert done.returncode == (1 if grid else 2)
    told = log.read_text() if grid else done.stdout + done.stderr
    assert told.count(WHY) == 1, told
    assert told.count("ERROR") == 1
    assert OF_HYDRA not in told
    assert "Traceback" not in told


def test_a_bug_keeps_its_traceback(workplace: Path, capfd: pytest.CaptureFixture[str]) -> None:
    def task(_: DictConfig) -> None:
        raise ZeroDivisionError("a bug")

    request = CommandRequest("train", ("name=x",))
    with hydra_initialized(request) as hydra:
        composed, _ = compose_job(hydra, request)
        with pytest.raises(ZeroDivisionError) as caught:
            hydra.run_job(composed, task)
    assert caught.traceback[-1].name == "task"
    assert OF_HYDRA not in capfd.readouterr().err
