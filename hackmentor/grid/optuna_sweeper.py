"""hydra/sweeper=optuna: a hyperparameter search by Optuna; each trial is a cell, its held-out loss is minimised."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.core.plugins import Plugins
from hydra.core.utils import JobReturn, JobStatus
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, OmegaConf
from rich.console import Console

from hackmentor.cell.fingerprint import get_fingerprint_fields
from hackmentor.cell.folder import get_cell_folder
from hackmentor.config.cached_composer import CachedComposer
from hackmentor.config.compose import CommandRequest, compose_grid_with_loader
from hackmentor.config.hydra_internals import get_job_error
from hackmentor.config.schema import Config
from hackmentor.config.search_space import keep_last_overrides
from hackmentor.config.sweep import Sweep, expand_sweep
from hackmentor.config.validate import validate_config
from hackmentor.grid.check_cell import check_cell
from hackmentor.grid.optional_packages import check_package_installed
from hackmentor.grid.schedule import ScheduledCell
from hackmentor.grid.study import build_search_space, count_completed_trials, open_study
from hackmentor.grid.tables import GridFailedError, build_cell_outcome, print_outcomes
from hackmentor.grid.train_command import fill_job_return
from hackmentor.grid.trial_cells import STUDY_FILE, record_trial_cell
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.lock import lock_awaited
from hackmentor.track.tracked_run import check_trackers

if TYPE_CHECKING:
    from optuna import Study, Trial

log = logging.getLogger(__name__)


class SearchSweeper(Sweeper):
    """Asks Optuna for values, has the launcher train the cells, tells Optuna their losses.

    Args:
        n_trials: how many trials are to have a loss, over all commands.
        n_jobs: how many trials are started together.
        startup_trials: how many trials are drawn at random before the sampler uses their losses.
        params: sweeps by key; the command line adds to them and overrides them.
    """

    def __init__(self, n_trials: int, n_jobs: int, startup_trials: int, params: dict[str, str]) -> None:
        self.n_trials, self.n_jobs, self.startup_trials, self.params = n_trials, n_jobs, startup_trials, params

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        """Called by Hydra. Raises UserError if Optuna is not installed."""
        check_package_installed("optuna", extra="optuna", option="hydra/sweeper=optuna")
        self.context, self.composed = hydra_context, config
        self.composer = CachedComposer(hydra_context.config_loader, config.hydra.job.config_name)
        self.cell_launcher = Plugins.instance().instantiate_launcher(
            hydra_context=hydra_context, task_function=task_function, config=config
        )

    def sweep(self, arguments: list[str]) -> list[JobReturn]:
        """Continues the search until enough trials are complete, and reports on those of this command.

        Two commands of one search take turns: what one draws depends on the losses of all trials before it, and a trial
        that is running can't be told from one that was cut off. The second one finds the trials of the first.

        Raises:
            GridFailedError: after the report, if a trial failed.
            UserError: if the experiment holds another search.
        """
        loader = self.context.config_loader
        parser = OverridesParser.create(config_loader=loader)
        overrides = keep_last_overrides(
            parser.parse_overrides([*(f"{key}={value}" for key, value in self.params.items()), *arguments])
        )
        sweep = expand_sweep(loader, self.composer, self.params, arguments, is_search=True)
        config = self._check_space(arguments)
        file = Path(config.paths.outputs) / config.experiment / STUDY_FILE
        with lock_awaited(file.with_suffix(".lock"), lambda holder: _print_wait(config.experiment, holder)):
            return self._search(self._open_study(file, overrides, config), overrides, sweep)

    def _search(self, study: Study, overrides: Sequence[Override], sweep: Sweep) -> list[JobReturn]:
        fixed = [line for override in overrides if not override.is_sweep_override() and (line := override.input_line)]
        returns: list[JobReturn] = []
        for _ in range(0, self.n_trials - count_completed_trials(study), self.n_jobs):
            trial_count = min(self.n_jobs, self.n_trials - count_completed_trials(study))
            trials = [study.ask(build_search_space(overrides)) for _ in range(trial_count)]
            returns += self._run_trials(study, trials, fixed, sweep)
        return self._report_trials(study, returns)

    def _check_space(self, arguments: Sequence[str]) -> Config:
        """Checks the cells that represent the search space; returns the first one's configuration.

        Raises:
            UserError: if one of them can't be trained.
        """
        hydra_overrides: list[str] = OmegaConf.to_container(self.composed.hydra.overrides.hydra)  # type: ignore[assignment]
        request = CommandRequest(self.composed.hydra.job.config_name, (*hydra_overrides, *arguments), multirun=True)
        grid = compose_grid_with_loader(self.context.config_loader, request)
        if grid.impossible:
            raise UserError("\n".join(f"{cell.config.name}: {cell.reason}" for cell in grid.impossible))
        check_trackers([cell.config for cell in grid.cells])
        for cell in grid.cells:
            check_cell(cell.config)
        return grid.cells[0].config

    def _open_study(self, file: Path, overrides: Sequence[Override], config: Config) -> Study:
        sweeps = [str(override.input_line).partition("=") for override in overrides if override.is_sweep_override()]
        return open_study(
            file,
            seed=config.seed,
            startup_trials=self.startup_trials,
            settings={"over": {key: sweep for key, _, sweep in sweeps}, **get_fingerprint_fields(config)},
        )

    def _run_trials(self, study: Study, trials: Sequence[Trial], fixed: Sequence[str], sweep: Sweep) -> list[JobReturn]:
        from optuna.trial import TrialState

        jobs = [self._build_trial_overrides(trial, fixed, sweep) for trial in trials]
        earlier = [self._find_earlier_result(job) for job in jobs]
        new_jobs = [job for job, result in zip(jobs, earlier, strict=True) if result is None]
        launched = iter(self.cell_launcher.launch(new_jobs, initial_job_idx=trials[0].number) if new_jobs else [])
        results = [result or next(launched) for result in earlier]
        for trial, result in zip(trials, results, strict=True):
            failed = result.status != JobStatus.COMPLETED
            study.tell(trial, None if failed else result.return_value, TrialState.FAIL if failed else None)
        return results

    def _build_trial_overrides(self, trial: Trial, fixed: Sequence[str], sweep: Sweep) -> list[str]:
        """The overrides of a trial's cell, its name included; records the cell in the study."""
        job = [*fixed, *(f"{key}={value}" for key, value in trial.params.items())]
        composed = self.composer.compose(job)
        job = sweep.add_cell_name(job, composed)
        record_trial_cell(trial, str(composed.name), job)
        return job

    def _find_earlier_result(self, job: list[str]) -> JobReturn | None:
        """The result of a cell that is done already, or None."""
        config = validate_config(self.composer.compose(job))
        folder = get_cell_folder(config)
        return fill_job_return(JobReturn(overrides=job), config, folder, "") if folder.is_done(config) else None

    def _report_trials(self, study: Study, returns: list[JobReturn]) -> list[JobReturn]:
        cells = [(self._schedule_cell(job), get_job_error(job)) for job in returns]
        failures = {cell.name: error for cell, error in cells if error is not None}
        print_outcomes([build_cell_outcome(cell, failures) for cell, _ in cells], [])
        if count := count_completed_trials(study):
            values = ", ".join(f"{key}={value}" for key, value in study.best_trial.params.items())
            log.info("lowest held-out loss of %d trials: %.4f, with %s", count, study.best_value, values)
        if failures:
            raise GridFailedError
        return returns

    def _schedule_cell(self, job: JobReturn) -> ScheduledCell:
        overrides = tuple(job.overrides or ())
        config = validate_config(self.composer.compose(overrides))
        return ScheduledCell(config.name, get_cell_folder(config), overrides, "run")


def _print_wait(experiment: str, holder: str) -> None:
    waiting = f"waiting: {experiment} is being searched by {holder}; what it finds counts here too"
    Console(highlight=False).print(waiting, soft_wrap=True)
