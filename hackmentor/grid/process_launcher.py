"""hydra/launcher=process: runs each cell in a process on this machine, as many at a time as there are slots."""

from __future__ import annotations

from collections.abc import Sequence

from hydra.core.utils import JobReturn, JobStatus
from hydra.plugins.launcher import Launcher
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, OmegaConf

from hackmentor.cell.folder import get_cell_folder
from hackmentor.config.cached_composer import CachedComposer
from hackmentor.config.schema import GridSettings
from hackmentor.config.validate import validate_config
from hackmentor.grid.devices import GpuSlots, count_gpus, count_processes, list_visible_gpus
from hackmentor.grid.progress_display import ProgressDisplay
from hackmentor.grid.runner import CellRunner, CellTask
from hackmentor.grid.train_command import build_train_command


class ProcessLauncher(Launcher):
    """Runs `python -m hackmentor.train` for each cell."""

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        """Called by Hydra."""
        self.config = config
        self._composer = CachedComposer(hydra_context.config_loader, config.hydra.job.config_name)
        self._settings = GridSettings.model_validate(OmegaConf.to_container(config.grid, resolve=True))
        self._gpus = list_visible_gpus()

    def launch(self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int) -> Sequence[JobReturn]:
        """Runs the jobs in the given order. A failed one does not stop the others, unless grid.fail_fast is set.

        Raises:
            StoppedError: once every cell that ran has saved itself, if a signal asked this process to stop.
        """
        tasks = [self._build_task(list(overrides)) for overrides in job_overrides]
        max_parallel = None if self._settings.parallel == "auto" else self._settings.parallel
        slots = GpuSlots(self._gpus, [task.gpus for task in tasks], max_parallel)
        with ProgressDisplay() as display:
            failures = CellRunner(tasks, slots, display, fail_fast=self._settings.fail_fast).run()
        return [
            _build_job_return(task, list(overrides), failures.get(task.name))
            for task, overrides in zip(tasks, job_overrides, strict=True)
        ]

    def _build_task(self, overrides: list[str]) -> CellTask:
        config = validate_config(self._composer.compose(overrides))
        gpus = count_gpus(config.trainer, self._gpus)
        processes = count_processes(config.trainer, self._gpus)
        # Without the console handler: the launcher appends a cell's output to its log, where each line would be twice.
        command = build_train_command(self.config, overrides, "hydra.job_logging.root.handlers=[file]")
        return CellTask(config.name, get_cell_folder(config), command, gpus, processes)


def _build_job_return(task: CellTask, overrides: list[str], failure: Exception | None) -> JobReturn:
    result = JobReturn(overrides=overrides, task_name=task.name)
    result.status = JobStatus.FAILED if failure else JobStatus.COMPLETED
    result.return_value = failure or task.folder.read_held_out_loss()
    return result
