"""hydra/launcher=slurm: trains each cell in a job of its own, submitted by submitit under the cell's name."""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from hackmentor.config.schema import Config, SlurmSettings
from hackmentor.grid.cell_job import CellJob
from hackmentor.grid.cluster_launcher import ClusterCell, ClusterLauncher
from hackmentor.grid.optional_packages import check_package_installed
from hackmentor.grid.squeue import get_job_state, list_queued_jobs
from hackmentor.grid.train_command import parse_launcher_settings
from hackmentor.runtime.errors import StoppedError, UserError
from hackmentor.runtime.files import read_json_object, write_json
from hackmentor.runtime.signals import StopSignalHandler

log = logging.getLogger(__name__)

SlurmCell = ClusterCell[SlurmSettings]

# A shared file system may show a new file to other machines with this delay.
_FILE_SYNC_SECONDS = 30.0


class SlurmLauncher(ClusterLauncher[SlurmSettings]):
    """Submits the cells and waits for them, also for jobs that an earlier command left in the queue."""

    def check_engine_installed(self) -> None:
        """Raises UserError if nothing can be submitted from here."""
        check_package_installed("submitit", extra="slurm", option="hydra/launcher=slurm")
        if shutil.which("sbatch") is None:
            raise UserError("hydra/launcher=slurm: there is no sbatch here; start it where jobs are submitted from")

    def parse_settings(self, composed: DictConfig, config: Config) -> SlurmSettings:
        """As `parse_slurm_settings`."""
        return parse_slurm_settings(composed, config)

    def run_jobs(self, cells: Sequence[SlurmCell]) -> dict[str, str]:
        """Runs one job per cell, in the order that SLURM chooses."""
        job_ids = _submit_jobs(cells)
        _wait_for_jobs(job_ids, poll_seconds=min(cell.settings.poll_seconds for cell in cells))
        return {cell.name: _describe_job_end(cell, job_id) for cell, job_id in zip(cells, job_ids, strict=True)}


def parse_slurm_settings(composed: DictConfig, config: Config) -> SlurmSettings:
    """The resources that a cell's job requests.

    Raises:
        UserError: naming each key of hydra.launcher that is wrong, or a key of the trainer that must be set, because
            the devices of the nodes can't be seen from where jobs are submitted.
    """
    devices, accelerator = config.trainer.devices, config.trainer.accelerator
    if not isinstance(devices, int) or devices < 1:
        raise UserError(f"hydra/launcher=slurm asks for a task a device: trainer.devices={devices} must be a number")
    if accelerator == "auto":
        raise UserError(
            "hydra/launcher=slurm must know what to ask for: use trainer=gpu or trainer=cpu, or say trainer.accelerator"
        )
    settings = parse_launcher_settings(composed, SlurmSettings)
    if settings.gpus_per_node is not None:
        return settings
    return settings.model_copy(update={"gpus_per_node": devices if accelerator == "gpu" else 0})


def _submit_jobs(cells: Sequence[SlurmCell]) -> list[str]:
    """Submits the cells that are not in the queue already; returns the id of each cell's job.

    Raises:
        UserError: if sbatch refuses one.
    """
    queued_jobs, job_ids = list_queued_jobs() or {}, list[str]()
    for cell in cells:
        job_file = _get_submitit_folder(cell) / "job.json"
        job_id = str((read_json_object(job_file) or {}).get("number"))
        if job_id in queued_jobs and queued_jobs[job_id].name == cell.name:
            log.info("%s: job %s is in the queue already", cell.name, job_id)
        else:
            job_id = _submit_job(cell)
            write_json(job_file, {"number": job_id})
            log.info("%s: submitted as job %s", cell.name, job_id)
        job_ids.append(job_id)
    return job_ids


def _get_submitit_folder(cell: SlurmCell) -> Path:
    """Where submitit keeps the job's script, pickle and output."""
    return cell.folder.path / "slurm"


def _submit_job(cell: SlurmCell) -> str:
    import submitit
    from submitit.core.utils import FailedJobError

    folder = _get_submitit_folder(cell).absolute()
    executor = submitit.SlurmExecutor(folder, max_num_timeout=cell.settings.max_timeouts)
    executor.update_parameters(**_build_sbatch_parameters(cell.settings, cell.name))
    try:
        job = executor.submit(CellJob(tuple(cell.command), str(Path.cwd())))
    except FailedJobError as error:
        raise UserError(f"{cell.name}: SLURM refuses the job: {str(error).strip()}") from error
    return str(job.job_id)


def _build_sbatch_parameters(settings: SlurmSettings, name: str) -> dict[str, Any]:
    parameters = settings.model_dump(
        exclude={"tasks_per_node", "timeout_min", "mem_gb", "max_timeouts", "poll_seconds", "additional_parameters"},
        exclude_none=True,
    )
    if not settings.gpus_per_node:
        del parameters["gpus_per_node"]
    if settings.mem_gb is not None:
        parameters["mem"] = f"{round(settings.mem_gb * 1024)}M"
    return parameters | {
        "job_name": name,
        "time": settings.timeout_min,
        "ntasks_per_node": settings.tasks_per_node,
        "stderr_to_stdout": True,
        # Without it, when one process fails, the others of its cell wait for it until the time limit.
        "srun_args": ["--kill-on-bad-exit=1"],
        "additional_parameters": {"requeue": True, **settings.additional_parameters},
    }


def _wait_for_jobs(job_ids: Sequence[str], poll_seconds: float) -> None:
    """Waits until none of the jobs is in the queue, and logs each change of their states.

    Raises:
        StoppedError: if a signal asks to stop. The jobs stay in the queue.
    """
    logged_states: dict[str, str] = {}
    with StopSignalHandler():
        try:
            while (queued_jobs := list_queued_jobs()) is None or set(job_ids) & queued_jobs.keys():
                for job_id, job in (queued_jobs or {}).items():
                    if job_id in job_ids and logged_states.get(job_id) != job.state:
                        log.info("%s: job %s is %s (%s)", job.name, job_id, job.state.lower(), job.reason)
                        logged_states[job_id] = job.state
                time.sleep(poll_seconds)
        except StoppedError as stopped:
            message = f"jobs {' '.join(job_ids)} stay with SLURM: the same command waits for them, scancel ends them"
            raise StoppedError(message, stopped.exit_code) from None


def _describe_job_end(cell: SlurmCell, job_id: str) -> str:
    """How a job ended, as text; waits for the files of a cell that is done."""
    state, deadline = get_job_state(job_id), time.monotonic() + _FILE_SYNC_SECONDS
    while state == "COMPLETED" and not cell.folder.done.is_file() and time.monotonic() < deadline:
        time.sleep(1)
    return f"job {job_id} ended as {state} (its output: {_get_submitit_folder(cell) / job_id}_0_log.out)"
