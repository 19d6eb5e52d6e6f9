"""hydra/sweeper=grid: which cells there are, what is to be done with each, and what became of them.

Any Hydra launcher can stand behind it: it is given the cells that need to run and no others, and what became of them is
read from their folders.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from hydra.core.utils import JobReturn, JobStatus
from hydra.plugins.launcher import Launcher
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, OmegaConf
from rich.console import Console

from hackmentor.cell.state import progress_of
from hackmentor.config.compose import Request, grid_of
from hackmentor.grid.schedule import Planned, plan
from hackmentor.grid.tables import GridFailedError, outcome, show_outcomes, show_plan
from hackmentor.runtime.lock import HeldError, locked, refusal

_BETWEEN_LOOKS = 0.5  # seconds


class GridSweeper(Sweeper):
    """Runs every cell of a grid that is to be run, also when some fail."""

    def __init__(self, params: dict[str, str] | None = None) -> None:
        self._params = params  # `grid_of` reads them where they are, in the configuration
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
        """Plans, launches what is to be run and reports on all.

        Raises:
            UserError: before anything starts, if the request is wrong or a cell's folder holds something else.
            GridFailedError: after the report, if a cell is not done.
            StoppedError: after the report, if a signal asked to stop.
        """
        assert self.config is not None
        assert self.hydra_context is not None
        hydra_overrides: list[str] = OmegaConf.to_container(self.config.hydra.overrides.hydra)  # type: ignore[assignment]
        request = Request(self.config.hydra.job.config_name, (*hydra_overrides, *arguments), multirun=True)
        grid = grid_of(self.hydra_context.config_loader, request)
        cells = plan(grid.cells, grid.cells[0].config.grid)
        show_plan(cells, grid.impossible)
        returns: list[JobReturn] = []
        try:
            self._train([cell for cell in cells if cell.action in ("run", "wait")], returns)
        finally:
            outcomes = [outcome(cell, self._failures) for cell in cells]
            show_outcomes(outcomes, grid.impossible)
        if any(one.state != "done" for one in outcomes):
            raise GridFailedError
        return returns

    def _train(self, todo: list[Planned], returns: list[JobReturn]) -> None:
        """Launches what no one else trains, and afterwards what others have left, until nothing is left."""
        _set_aside(todo)
        while todo:
            ready = [cell for cell in todo if refusal(cell.folder.lock) is None]
            if ready:
                returns += self._launch(ready)
            todo = [cell for cell in todo if self._is_left(cell, ready)]
            _wait(todo)

    def _launch(self, cells: Sequence[Planned]) -> Sequence[JobReturn]:
        found = self.launcher.launch([list(cell.overrides) for cell in cells], initial_job_idx=self._launched)
        self._launched += len(cells)
        for cell, job in zip(cells, found, strict=True):
            self._failures.pop(cell.name, None)
            if job.status != JobStatus.COMPLETED:
                self._failures[cell.name] = job._return_value
        return found

    def _is_left(self, cell: Planned, launched: Sequence[Planned]) -> bool:
        """Whether a cell still needs someone: another process has it, or had it and was cut off."""
        if cell in launched and not isinstance(self._failures.get(cell.name), HeldError):
            return False
        return progress_of(cell.folder).state not in ("done", "failed")


def _set_aside(cells: Sequence[Planned]) -> None:
    for cell in cells:
        if cell.anew:
            with locked(cell.folder.lock):
                cell.folder.set_aside()


def _wait(cells: Sequence[Planned]) -> None:
    """Until others train not all of the cells any more."""
    held = [refusal(cell.folder.lock) for cell in cells]
    if held and all(held):
        names = ", ".join(cell.name for cell in cells)
        Console(highlight=False).print(f"waiting for {names}: {held[0]}", soft_wrap=True)
    while held and all(held):
        time.sleep(_BETWEEN_LOOKS)
        held = [refusal(cell.folder.lock) for cell in cells]
