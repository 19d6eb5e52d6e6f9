"""What launchers for a cluster share: which cells are to be trained, what each asks for, and what became of them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic

from hydra.core.utils import JobReturn
from hydra.plugins.launcher import Launcher
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig

from hackmentor.cell.folder import CellFolder, cell_folder
from hackmentor.config.schema import Config
from hackmentor.config.validate import checked
from hackmentor.grid.train_command import Settings, cell_command, composed_for, job_return


@dataclass(frozen=True)
class ClusterCell(Generic[Settings]):
    """A cell with what its job asks for, and the command that the job runs."""

    config: Config
    folder: CellFolder
    settings: Settings
    job: JobReturn
    command: list[str]

    @property
    def name(self) -> str:
        """As in the grid, and in the queue."""
        return self.config.name


class ClusterLauncher(Launcher, Generic[Settings]):
    """Has each cell trained by a job of its own, somewhere that sees the same files."""

    def __init__(self, **_: Any) -> None:  # noqa: ANN401 - read from each cell's own configuration
        pass

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        """Called by Hydra. Raises UserError where nothing can be started."""
        self.refuse_missing()
        self.context, self.config = hydra_context, config

    def launch(self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int) -> Sequence[JobReturn]:
        """Runs the jobs of cells that are not done. A failed one does not stop another."""
        cells = [self._cell(list(overrides)) for overrides in job_overrides]
        waiting = [cell for cell in cells if not cell.folder.is_done(cell.config)]
        ended = self.train(waiting) if waiting else {}
        return [job_return(cell.job, cell.config, cell.folder, ended.get(cell.name, "")) for cell in cells]

    def _cell(self, overrides: list[str]) -> ClusterCell[Settings]:
        composed = composed_for(self.context, self.config, overrides)
        config = checked(composed)
        job = JobReturn(overrides=overrides, cfg=composed, task_name=config.name)
        command = cell_command(self.config, overrides)
        return ClusterCell(config, cell_folder(config), self.asked(composed, config), job, command)

    @abstractmethod
    def refuse_missing(self) -> None:
        """Raises UserError where the engine is not here, with the way out."""

    @abstractmethod
    def asked(self, composed: DictConfig, config: Config) -> Settings:
        """What a cell's job asks for. Raises UserError, naming each key that is wrong."""

    @abstractmethod
    def train(self, cells: Sequence[ClusterCell[Settings]]) -> Mapping[str, str]:
        """Starts the cells, waits, and returns by name how the job of each ended, in words.

        Raises:
            StoppedError: if a signal asks to stop.
        """
