"""hydra/sweeper=optuna: trials instead of a grid, each a cell, until the held-out loss of enough of them is known."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.core.plugins import Plugins
from hydra.core.utils import JobReturn, JobStatus
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig

from hackmentor.cell import cell_folder, deciding
from hackmentor.config.compose import checked
from hackmentor.config.schema import Config
from hackmentor.config.space import corners, last_word, trial_name
from hackmentor.grid.command import composed_for, outcome
from hackmentor.grid.extras import needs
from hackmentor.grid.report import CellResult, GridFailedError, show
from hackmentor.grid.trials import completed, opened_study, space

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
        self.engine = Plugins.instance().instantiate_launcher(
            hydra_context=hydra_context, task_function=task_function, config=config
        )

    def sweep(self, arguments: list[str]) -> list[JobReturn]:
        """Goes on with the search until enough trials are done, and reports on those of this command.

        Raises:
            GridFailedError: after the report, if a trial failed.
            UserError: if the experiment holds another search.
        """
        parser = OverridesParser.create(config_loader=self.context.config_loader)
        overrides = last_word(
            parser.parse_overrides([*(f"{key}={value}" for key, value in self.params.items()), *arguments])
        )
        study = self._study(overrides)
        fixed = [one.input_line for one in overrides if not one.is_sweep_override() and one.input_line]
        returns: list[JobReturn] = []
        for _ in range(0, self.n_trials - completed(study), self.n_jobs):
            together = min(self.n_jobs, self.n_trials - completed(study))
            trials = [study.ask(space(overrides)) for _ in range(together)]
            returns += self._tried(study, trials, fixed)
        return _reported(study, returns)

    def _study(self, overrides: Sequence[Override]) -> Study:
        config = checked(composed_for(self.context, self.composed, corners(overrides)[0]))
        sweeps = [str(one.input_line).partition("=") for one in overrides if one.is_sweep_override()]
        return opened_study(
            Path(config.paths.outputs) / config.experiment / "search.jsonl",
            seed=config.seed,
            startup_trials=self.startup_trials,
            asked={"over": {key: sweep for key, _, sweep in sweeps}, **deciding(config)},
        )

    def _tried(self, study: Study, trials: Sequence[Trial], fixed: Sequence[str]) -> list[JobReturn]:
        from optuna.trial import TrialState

        jobs = [self._job(trial, fixed) for trial in trials]
        returns = [self._done(job) for job in jobs]
        open_jobs = [job for job, done in zip(jobs, returns, strict=True) if done is None]
        launched = iter(self.engine.launch(open_jobs, initial_job_idx=trials[0].number) if open_jobs else [])
        results = [done or next(launched) for done in returns]
        for trial, result in zip(trials, results, strict=True):
            failed = result.status != JobStatus.COMPLETED
            study.tell(trial, None if failed else result.return_value, TrialState.FAIL if failed else None)
        return results

    def _job(self, trial: Trial, fixed: Sequence[str]) -> list[str]:
        """The overrides of a trial, with a name of its own unless one was typed."""
        values = [(key, str(value)) for key, value in trial.params.items()]
        job = [*fixed, *(f"{key}={value}" for key, value in values)]
        if any(line.startswith("name=") for line in fixed):
            return job
        return [*job, f"name={trial_name(str(composed_for(self.context, self.composed, job).name), values)}"]

    def _done(self, job: list[str]) -> JobReturn | None:
        composed = composed_for(self.context, self.composed, job)
        config = checked(composed)
        folder = cell_folder(config)
        if not folder.is_done(config):
            return None
        return outcome(JobReturn(overrides=job, cfg=composed, task_name=config.name), config, folder, "")


def _reported(study: Study, returns: list[JobReturn]) -> list[JobReturn]:
    show([_result(job) for job in returns])
    if completed(study):
        values = ", ".join(f"{key}={value}" for key, value in study.best_trial.params.items())
        log.info("lowest held-out loss of %d trials: %.4f, with %s", completed(study), study.best_value, values)
    if any(job.status != JobStatus.COMPLETED for job in returns):
        raise GridFailedError
    return returns


def _result(job: JobReturn) -> CellResult:
    config: Config = checked(job.cfg)  # type: ignore[arg-type]
    value: Any = job._return_value
    done = job.status == JobStatus.COMPLETED
    return CellResult(config.name, cell_folder(config).path, value if done else None, None if done else str(value))
