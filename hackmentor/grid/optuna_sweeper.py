"""hydra/sweeper=optuna: trials instead of a grid, each a cell, until the held-out loss of enough of them is known."""

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

from hackmentor.cell.fingerprint import deciding
from hackmentor.cell.folder import cell_folder
from hackmentor.config.cached_composer import Composer
from hackmentor.config.compose import Request, grid_of
from hackmentor.config.schema import Config
from hackmentor.config.search_space import last_word
from hackmentor.config.sweep import Sweep, expand
from hackmentor.config.validate import checked
from hackmentor.grid.check_cell import check
from hackmentor.grid.optional_packages import needs
from hackmentor.grid.schedule import Planned
from hackmentor.grid.study import completed, opened_study, space
from hackmentor.grid.tables import GridFailedError, outcome, show_outcomes
from hackmentor.grid.train_command import job_return
from hackmentor.grid.trial_cells import FILE, note
from hackmentor.runtime.errors import UserError

if TYPE_CHECKING:
    from optuna import Study, Trial

log = logging.getLogger(__name__)


class SearchSweeper(Sweeper):
    """Asks Optuna for values, lets the launcher train them, tells Optuna the losses.

    Args:
        n_trials: trials with a loss, over all commands.
        n_jobs: trials that are started together.
        startup_trials: trials before the sampler has something to go by.
        params: sweeps, by key; those of the command line come on top.
    """

    def __init__(self, n_trials: int, n_jobs: int, startup_trials: int, params: dict[str, str]) -> None:
        self.n_trials, self.n_jobs, self.startup_trials, self.params = n_trials, n_jobs, startup_trials, params

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        """Called by Hydra. Raises UserError where there is no Optuna."""
        needs("optuna", extra="optuna", option="hydra/sweeper=optuna")
        self.context, self.composed = hydra_context, config
        self.composer = Composer(hydra_context.config_loader, config.hydra.job.config_name)
        self.engine = Plugins.instance().instantiate_launcher(
            hydra_context=hydra_context, task_function=task_function, config=config
        )

    def sweep(self, arguments: list[str]) -> list[JobReturn]:
        """Goes on with the search until enough trials are done, and reports on those of this command.

        Raises:
            GridFailedError: after the report, if a trial failed.
            UserError: if the experiment holds another search.
        """
        loader = self.context.config_loader
        parser = OverridesParser.create(config_loader=loader)
        overrides = last_word(
            parser.parse_overrides([*(f"{key}={value}" for key, value in self.params.items()), *arguments])
        )
        sweep = expand(loader, self.composer, self.params, arguments, search=True)
        study = self._study(overrides, self._checked(arguments))
        fixed = [one.input_line for one in overrides if not one.is_sweep_override() and one.input_line]
        returns: list[JobReturn] = []
        for _ in range(0, self.n_trials - completed(study), self.n_jobs):
            together = min(self.n_jobs, self.n_trials - completed(study))
            trials = [study.ask(space(overrides)) for _ in range(together)]
            returns += self._tried(study, trials, fixed, sweep)
        return self._reported(study, returns)

    def _checked(self, arguments: Sequence[str]) -> Config:
        """The first corner, once all have been checked. Raises UserError if one can't be trained."""
        hydra_overrides: list[str] = OmegaConf.to_container(self.composed.hydra.overrides.hydra)  # type: ignore[assignment]
        request = Request(self.composed.hydra.job.config_name, (*hydra_overrides, *arguments), multirun=True)
        grid = grid_of(self.context.config_loader, request)
        if grid.impossible:
            raise UserError("\n".join(f"{one.config.name}: {one.why}" for one in grid.impossible))
        for cell in grid.cells:
            check(cell.config)
        return grid.cells[0].config

    def _study(self, overrides: Sequence[Override], config: Config) -> Study:
        sweeps = [str(one.input_line).partition("=") for one in overrides if one.is_sweep_override()]
        return opened_study(
            Path(config.paths.outputs) / config.experiment / FILE,
            seed=config.seed,
            startup_trials=self.startup_trials,
            asked={"over": {key: sweep for key, _, sweep in sweeps}, **deciding(config)},
        )

    def _tried(self, study: Study, trials: Sequence[Trial], fixed: Sequence[str], sweep: Sweep) -> list[JobReturn]:
        from optuna.trial import TrialState

        jobs = [self._job(trial, fixed, sweep) for trial in trials]
        returns = [self._done(job) for job in jobs]
        open_jobs = [job for job, done in zip(jobs, returns, strict=True) if done is None]
        launched = iter(self.engine.launch(open_jobs, initial_job_idx=trials[0].number) if open_jobs else [])
        results = [done or next(launched) for done in returns]
        for trial, result in zip(trials, results, strict=True):
            failed = result.status != JobStatus.COMPLETED
            study.tell(trial, None if failed else result.return_value, TrialState.FAIL if failed else None)
        return results

    def _job(self, trial: Trial, fixed: Sequence[str], sweep: Sweep) -> list[str]:
        """The overrides of a trial, with a name of its own."""
        job = [*fixed, *(f"{key}={value}" for key, value in trial.params.items())]
        composed = self.composer.compose(job)
        job = sweep.named(job, composed)
        note(trial, str(composed.name), job)
        return job

    def _done(self, job: list[str]) -> JobReturn | None:
        config = checked(self.composer.compose(job))
        folder = cell_folder(config)
        return job_return(JobReturn(overrides=job), config, folder, "") if folder.is_done(config) else None

    def _reported(self, study: Study, returns: list[JobReturn]) -> list[JobReturn]:
        tried = [(self._planned(job), _failure(job)) for job in returns]
        failures = {cell.name: failure for cell, failure in tried if failure is not None}
        show_outcomes([outcome(cell, failures) for cell, _ in tried], [])
        if completed(study):
            values = ", ".join(f"{key}={value}" for key, value in study.best_trial.params.items())
            log.info("lowest held-out loss of %d trials: %.4f, with %s", completed(study), study.best_value, values)
        if failures:
            raise GridFailedError
        return returns

    def _planned(self, job: JobReturn) -> Planned:
        overrides = tuple(job.overrides or ())
        config = checked(self.composer.compose(overrides))
        return Planned(config.name, cell_folder(config), overrides, "run")


def _failure(job: JobReturn) -> Exception | None:
    return None if job.status == JobStatus.COMPLETED else job._return_value
