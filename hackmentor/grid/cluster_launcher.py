"""The base class of launchers for clusters: composes cells, runs jobs for unfinished ones, returns the results."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic

from hydra.core.utils import JobReturn
from hydra.plugins.launcher import Launcher
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig

from hackmentor.cell.folder import CellFolder, get_cell_folder
from hackmentor.config.schema import Config
from hackmentor.config.validate import validate_config
from hackmentor.grid.train_command import Settings, build_train_command, compose_swept_cell, fill_job_return


@dataclass(frozen=True)
class ClusterCell(Generic[Settings]):
    """A cell with the resources that its job requests, and the command that the job runs."""

    config: Config
    folder: CellFolder
    settings: Settings
    job: JobReturn
    command: list[str]

    @property
    def name(self) -> str:
        """The cell's name, also the job's in the queue."""
        return self.config.name


class ClusterLauncher(Launcher, Generic[Settings]):
    """Trains each cell by a job of its own, on machines that share this one's files."""

    def __init__(self, **_: Any) -> None:  # noqa: ANN401 - options are read from each cell's own configuration
        pass

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        """Called by Hydra. Raises UserError if the engine is not installed."""
        self.check_engine_installed()
        self.context, self.config = hydra_context, config

    def launch(self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int) -> Sequence[JobReturn]:
        """Runs the jobs of the cells that are not done. A failed one does not stop the others."""
        cells = [self._compose_cell(list(overrides)) for overrides in job_overrides]
        unfinished = [cell for cell in cells if not cell.folder.is_done(cell.config)]
        endings = self.run_jobs(unfinished) if unfinished else {}
        return [fill_job_return(cell.job, cell.config, cell.folder, endings.get(cell.name, "")) for cell in cells]

    def _compose_cell(self, overrides: list[str]) -> ClusterCell[Settings]:
        composed = compose_swept_cell(self.context, self.config, overrides)
        config = validate_config(composed)
        job = JobReturn(overrides=overrides, cfg=composed, task_name=config.name)
        command = build_train_command(self.config, overrides)
        return ClusterCell(config, get_cell_folder(config), self.parse_settings(composed, config), job, command)

    @abstractmethod
    def check_engine_installed(self) -> None:
        """Raises UserError if the engine is not installed, with the way out."""

    @abstractmethod
    def parse_settings(self, composed: DictConfig, config: Config) -> Settings:
        """The resources that a cell's job requests. Raises UserError, naming each key that is wrong."""

    @abstractmethod
    def run_jobs(self, cells: Sequence[ClusterCell[Settings]]) -> Mapping[str, str]:
        """Starts a job per cell and waits for all; returns how each ended, as text, by the name of the cell.

        Raises:
            StoppedError: if a signal asks to stop.
        """
