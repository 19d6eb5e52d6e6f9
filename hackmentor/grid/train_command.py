"""The command that trains one cell, and what became of it, told from the cell's files: the same on every machine."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, TypeVar

from hydra.core.utils import JobReturn, JobStatus, filter_overrides
from hydra.types import HydraContext
from omegaconf import DictConfig, OmegaConf
from pydantic import ValidationError

from hackmentor.cell.folder import CellFolder
from hackmentor.cell.state import last_line
from hackmentor.config.error_messages import explain_validation
from hackmentor.config.schema import Config, Section
from hackmentor.runtime.errors import UserError

Settings = TypeVar("Settings", bound=Section)


class CellFailedError(RuntimeError):
    """A cell is not done: its process ended before, or was not started."""


def composed_for(context: HydraContext, sweep: DictConfig, overrides: Sequence[str]) -> DictConfig:
    """The whole configuration of one cell of a sweep, Hydra's own part included."""
    return context.config_loader.load_sweep_config(sweep, list(overrides))


def launcher_settings(composed: DictConfig, model: type[Settings]) -> Settings:
    """The checked options of the launcher of a cell.

    Raises:
        UserError: naming each key of hydra.launcher that is wrong.
    """
    options: Any = OmegaConf.to_container(composed.hydra.launcher, resolve=True)
    del options["_target_"]
    try:
        return model.model_validate(options)
    except ValidationError as error:
        lines = str(explain_validation(error)).splitlines()
        raise UserError("\n".join(f"hydra.launcher.{line}" for line in lines)) from error


def cell_command(sweep: DictConfig, overrides: Sequence[str], *more: str) -> list[str]:
    """The words that train one cell of a sweep in a process of its own, in the same working directory."""
    typed: list[str] = OmegaConf.to_container(sweep.hydra.overrides.hydra)  # type: ignore[assignment]
    kept = [line for line in filter_overrides(typed) if not line.startswith("hydra.mode=")]
    folders = [source.path for source in sweep.hydra.runtime.config_sources if source.provider == "user"]
    flags = [part for folder in folders for part in ("--config-dir", folder)]
    return [sys.executable, "-m", "hackmentor.train", *flags, *overrides, *kept, "hydra.mode=RUN", *more]


def job_return(job: JobReturn, config: Config, folder: CellFolder, ended: str) -> JobReturn:
    """Fills in what became of a cell: its held-out loss where it is done, else how it `ended` and what it said last."""
    if folder.is_done(config):
        job.status = JobStatus.COMPLETED
        job.return_value = folder.loss()
    else:
        said = last_line(folder)
        job.status, job.return_value = JobStatus.FAILED, CellFailedError(f"{ended}; {said}" if said else ended)
    return job
