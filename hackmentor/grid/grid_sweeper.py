"""hydra/sweeper=grid: composes the cells of a grid, decides what to do with each, launches them and reports.

It works with any Hydra launcher: the launcher gets only the cells that need to run, and the results are read from the
cells' folders.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from hydra.core.utils import JobReturn
from hydra.plugins.launcher import Launcher
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, OmegaConf
from rich.console import Console

from hackmentor.cell.state import read_cell_state
from hackmentor.config.compose import CommandRequest, compose_grid_with_loader
from hackmentor.config.hydra_internals import get_job_error
from hackmentor.grid.schedule import ScheduledCell, schedule_cells
from hackmentor.grid.tables import GridFailedError, build_cell_outcome, print_outcomes, print_schedule
from hackmentor.runtime.lock import LockHeldError, describe_lock_holder, lock_held

_POLL_SECONDS = 0.5


class GridSweeper(Sweeper):
    """Runs every unfinished cell of a grid, also when some fail."""

    def __init__(self, params: dict[str, str] | None = None) -> None:
        self._params = params  # `compose_grid_with_loader` reads them from the configuration
        self._failures: dict[str, Exception] = {}
        self._launched = 0

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        """Called by Hydra."""
        from hydra.core.plugins import Plugins

        self.hydra_context, self.config = hydra_context, config
        self.launcher: Launcher = Plugins.instance().instantiate_launcher(
            hydra_context=hydra_context, task_function=task_function, config=config
        )

    def sweep(self, arguments: list[str]) -> Sequence[JobReturn]:
        """Schedules the cells, launches those that need to run and reports on all.

        Raises:
            UserError: before anything starts, if the request is wrong or a cell's folder holds something else.
            GridFailedError: after the report, if a cell is not done.
            StoppedError: after the report, if a signal asked to stop.
        """
        assert self.config is not None
        assert self.hydra_context is not None
        hydra_overrides: list[str] = OmegaConf.to_container(self.config.hydra.overrides.hydra)  # type: ignore[assignment]
        request = CommandRequest(self.config.hydra.job.config_name, (*hydra_overrides, *arguments), multirun=True)
        grid = compose_grid_with_loader(self.hydra_context.config_loader, request)
        cells = schedule_cells(grid.cells, grid.cells[0].config.grid)
        print_schedule(cells, grid.impossible)
        returns: list[JobReturn] = []
        try:
            self._train([cell for cell in cells if cell.action in ("run", "wait")], returns)
        finally:
            outcomes = [build_cell_outcome(cell, self._failures) for cell in cells]
            print_outcomes(outcomes, grid.impossible)
        if any(outcome.state != "done" for outcome in outcomes):
            raise GridFailedError
        return returns

    def _train(self, cells: list[ScheduledCell], returns: list[JobReturn]) -> None:
        """Launches the cells that no other process trains, then those that others have left, until none is left."""
        _archive_earlier_files(cells)
        while cells:
            ready = [cell for cell in cells if describe_lock_holder(cell.folder.lock) is None]
            if ready:
                returns += self._launch(ready)
            cells = [cell for cell in cells if self._needs_training(cell, ready)]
            _wait_for_locks(cells)

    def _launch(self, cells: Sequence[ScheduledCell]) -> Sequence[JobReturn]:
        jobs = self.launcher.launch([list(cell.overrides) for cell in cells], initial_job_idx=self._launched)
        self._launched += len(cells)
        for cell, job in zip(cells, jobs, strict=True):
            self._failures.pop(cell.name, None)
            if (error := get_job_error(job)) is not None:
                self._failures[cell.name] = error
        return jobs

    def _needs_training(self, cell: ScheduledCell, launched: Sequence[ScheduledCell]) -> bool:
        """Whether a cell still has to be trained: another process trains it, or did and was cut off."""
        if cell in launched and not isinstance(self._failures.get(cell.name), LockHeldError):
            return False
        return read_cell_state(cell.folder).state not in ("done", "failed")


def _archive_earlier_files(cells: Sequence[ScheduledCell]) -> None:
    for cell in cells:
        if cell.restarts:  # grid.retry=all
            with lock_held(cell.folder.lock):
                cell.folder.archive_files()


def _wait_for_locks(cells: Sequence[ScheduledCell]) -> None:
    """Waits while other processes train all of the cells."""
    holders = [describe_lock_holder(cell.folder.lock) for cell in cells]
    if holders and all(holders):
        names = ", ".join(cell.name for cell in cells)
        Console(highlight=False).print(f"waiting for {names}: {holders[0]}", soft_wrap=True)
    while holders and all(holders):
        time.sleep(_POLL_SECONDS)
        holders = [describe_lock_holder(cell.folder.lock) for cell in cells]
