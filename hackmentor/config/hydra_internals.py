"""Hydra as our commands use it: a job that failed is told of once, by who knows why it did."""

from __future__ import annotations

from hydra._internal.callbacks import Callbacks
from hydra._internal.hydra import Hydra
from hydra.core.utils import JobReturn, JobStatus, run_job
from hydra.types import HydraContext, RunMode, TaskFunction


class QuietHydra(Hydra):
    """Hydra without the line «Error executing job with overrides: ...», which stands before every error of its own."""

    def run(
        self,
        config_name: str | None,
        task_function: TaskFunction,
        overrides: list[str],
        with_log_configuration: bool = True,
    ) -> JobReturn:
        """As Hydra's (1.3), but for the line. Raises what the job raised."""
        composed = self.compose_config(
            config_name=config_name,
            overrides=overrides,
            run_mode=RunMode.RUN,
            with_log_configuration=with_log_configuration,
        )
        composed.hydra.mode = RunMode.RUN
        callbacks = Callbacks(composed)
        callbacks.on_run_start(config=composed, config_name=config_name)
        job = run_job(
            hydra_context=HydraContext(config_loader=self.config_loader, callbacks=callbacks),
            task_function=task_function,
            config=composed,
            job_dir_key="hydra.run.dir",
            job_subdir_key=None,
            configure_logging=with_log_configuration,
        )
        callbacks.on_run_end(config=composed, config_name=config_name, job_return=job)
        if job.status == JobStatus.FAILED:
            raise job._return_value  # `return_value` writes the line
        return job
