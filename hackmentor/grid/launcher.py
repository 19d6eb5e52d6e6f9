"""A process for each cell, one after the other: what a cell does to its process, no other cell sees."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from hydra.core.utils import JobReturn, JobStatus, filter_overrides
from hydra.plugins.launcher import Launcher
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, OmegaConf

from hackmentor.cell import CellFolder, cell_folder
from hackmentor.config.compose import checked
from hackmentor.errors import StoppedError
from hackmentor.files import read_json
from hackmentor.lock import refusal
from hackmentor.signals import RESUMES, passed_on

log = logging.getLogger(__name__)


class CellFailedError(RuntimeError):
    """The process of a cell ended with another exit code than 0."""


class ProcessLauncher(Launcher):
    """Runs `python -m hackmentor.train` for each cell that is not done."""

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        """Called by Hydra."""
        self.context, self.config = hydra_context, config

    def launch(self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int) -> Sequence[JobReturn]:
        """Runs the jobs in order. A failed one does not stop the next."""
        return [self._launch_one(list(overrides), len(job_overrides)) for overrides in job_overrides]

    def _launch_one(self, overrides: list[str], total: int) -> JobReturn:
        composed = self.context.config_loader.load_sweep_config(self.config, overrides)
        config = checked(composed)
        folder = cell_folder(config)
        job = JobReturn(overrides=overrides, cfg=composed, task_name=config.name)
        if folder.is_done(config):
            log.info("%s: done already", config.name)
            code = 0
        elif held := refusal(folder.lock):
            return _failed(job, held)
        else:
            log.info("%s: training (%d cells in this grid)", config.name, total)
            code = _run(self._command(overrides))
        if code != 0:
            return _failed(job, _why(folder, code))
        job.status, job.return_value = JobStatus.COMPLETED, _loss(folder)
        return job

    def _command(self, overrides: list[str]) -> list[str]:
        hydra_overrides: list[str] = OmegaConf.to_container(self.config.hydra.overrides.hydra)  # type: ignore[assignment]
        kept = [line for line in filter_overrides(hydra_overrides) if not line.startswith("hydra.mode=")]
        folders = [source.path for source in self.config.hydra.runtime.config_sources if source.provider == "user"]
        flags = [part for folder in folders for part in ("--config-dir", folder)]
        return [sys.executable, "-m", "hackmentor.train", *flags, *overrides, *kept, "hydra.mode=RUN"]


def _run(command: list[str]) -> int:
    """The exit code of a cell's process.

    Raises:
        StoppedError: once the cell has saved itself, if a signal asked this process to stop.
    """
    # A group of its own: Ctrl-C on a terminal goes to the whole group, and would reach it a second time from here.
    process = subprocess.Popen(command, process_group=0)
    with passed_on(process) as came:
        code = process.wait()
    if came:
        raise StoppedError.by_signal(came[0], f"cells that are done stay done, {RESUMES} with the others")
    return code


def _failed(job: JobReturn, why: str) -> JobReturn:
    job.status, job.return_value = JobStatus.FAILED, CellFailedError(why)
    return job


def _loss(folder: CellFolder) -> float:
    return float(read_json(folder.card)["figures"]["val_loss"])


def _why(folder: CellFolder, code: int) -> str:
    """The last line of a cell's log, where its exception stands."""
    file: Path = folder.path / "train.log"
    lines = file.read_text(encoding="utf-8").strip().splitlines() if file.is_file() else []
    ended = f"ended by signal {-code}" if code < 0 else f"exit code {code}"
    return f"{ended}; {lines[-1]}" if lines else ended
