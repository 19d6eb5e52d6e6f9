"""The command line that trains one cell, and its result as read from the cell's files: the same on every machine."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, TypeVar

from hydra.core.utils import JobReturn, JobStatus
from hydra.types import HydraContext
from omegaconf import DictConfig, OmegaConf
from pydantic import ValidationError

from hackmentor.cell.folder import CellFolder
from hackmentor.cell.state import read_last_log_message
from hackmentor.config.error_messages import explain_validation_error
from hackmentor.config.hydra_internals import filter_hydra_overrides
from hackmentor.config.schema import Config, Section
from hackmentor.runtime.errors import UserError

Settings = TypeVar("Settings", bound=Section)


class CellFailedError(RuntimeError):
    """A cell is not done: its process ended too early, or was not started."""


def compose_swept_cell(context: HydraContext, sweep: DictConfig, overrides: Sequence[str]) -> DictConfig:
    """Composes the configuration of one cell of a sweep, Hydra's own section included."""
    return context.config_loader.load_sweep_config(sweep, list(overrides))


def parse_launcher_settings(composed: DictConfig, model: type[Settings]) -> Settings:
    """Validates the options of a cell's launcher.

    Raises:
        UserError: naming each key of hydra.launcher that is wrong.
    """
    options: Any = OmegaConf.to_container(composed.hydra.launcher, resolve=True)
    del options["_target_"]
    try:
        return model.model_validate(options)
    except ValidationError as error:
        lines = str(explain_validation_error(error, options)).splitlines()
        raise UserError("\n".join(f"hydra.launcher.{line}" for line in lines)) from error


def build_train_command(sweep: DictConfig, overrides: Sequence[str], *more_overrides: str) -> list[str]:
    """The command line that trains one cell of a sweep in a process of its own, in the same working directory."""
    given: list[str] = OmegaConf.to_container(sweep.hydra.overrides.hydra)  # type: ignore[assignment]
    kept = [line for line in filter_hydra_overrides(given) if not line.startswith("hydra.mode=")]
    folders = [source.path for source in sweep.hydra.runtime.config_sources if source.provider == "user"]
    flags = [part for folder in folders for part in ("--config-dir", folder)]
    return [sys.executable, "-m", "hackmentor.train", *flags, *overrides, *kept, "hydra.mode=RUN", *more_overrides]


def fill_job_return(job: JobReturn, config: Config, folder: CellFolder, ending: str) -> JobReturn:
    """Sets the status and value of a job: the cell's held-out loss if it is done, else a `CellFailedError`.

    The error's message is `ending`, how the job ended, and the last message of the cell's log.
    """
    if folder.is_done(config):
        job.status = JobStatus.COMPLETED
        job.return_value = folder.read_held_out_loss()
    else:
        message = read_last_log_message(folder)
        job.status = JobStatus.FAILED
        job.return_value = CellFailedError(f"{ending}; {message}" if message else ending)
    return job
