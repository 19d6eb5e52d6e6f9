"""hydra/launcher=process: a process for each cell on this machine, so many at a time as there is room for."""

from __future__ import annotations

from collections.abc import Sequence

from hydra.core.utils import JobReturn, JobStatus
from hydra.plugins.launcher import Launcher
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, OmegaConf

from hackmentor.cell.folder import cell_folder
from hackmentor.config.cached_composer import Composer
from hackmentor.config.schema import GridSettings
from hackmentor.config.validate import checked
from hackmentor.grid.devices import Slots, gpus_of, processes_of, visible_gpus
from hackmentor.grid.progress_display import Watch
from hackmentor.grid.runner import Runner, Task
from hackmentor.grid.train_command import cell_command


class ProcessLauncher(Launcher):
    """Runs `python -m hackmentor.train` for each cell that it is given."""

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        """Called by Hydra."""
        self.config = config
        self._composer = Composer(hydra_context.config_loader, config.hydra.job.config_name)
        self._settings = GridSettings.model_validate(OmegaConf.to_container(config.grid, resolve=True))
        self._gpus = visible_gpus()

    def launch(self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int) -> Sequence[JobReturn]:
        """Runs the jobs in their order. A failed one does not stop the others, unless grid.fail_fast.

        Raises:
            StoppedError: once every cell that ran has saved itself, if a signal asked this process to stop.
        """
        tasks = [self._task(list(overrides)) for overrides in job_overrides]
        parallel = None if self._settings.parallel == "auto" else self._settings.parallel
        slots = Slots(self._gpus, [task.gpus for task in tasks], parallel)
        with Watch() as watch:
            failures = Runner(tasks, slots, watch, fail_fast=self._settings.fail_fast).run()
        return [
            _result(task, list(overrides), failures.get(task.name))
            for task, overrides in zip(tasks, job_overrides, strict=True)
        ]

    def _task(self, overrides: list[str]) -> Task:
        config = checked(self._composer.compose(overrides))
        gpus = gpus_of(config.trainer, self._gpus)
        processes = processes_of(config.trainer, self._gpus)
        return Task(config.name, cell_folder(config), self._command(overrides), gpus, processes)

    def _command(self, overrides: list[str]) -> list[str]:
        # What goes to the console would reach the log a second time: the launcher puts the output of a cell there.
        return cell_command(self.config, overrides, "hydra.job_logging.root.handlers=[file]")


def _result(task: Task, overrides: list[str], failure: Exception | None) -> JobReturn:
    result = JobReturn(overrides=overrides, task_name=task.name)
    result.status = JobStatus.FAILED if failure else JobStatus.COMPLETED
    result.return_value = failure or task.folder.loss()
    return result
