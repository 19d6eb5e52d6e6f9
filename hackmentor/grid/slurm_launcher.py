"""hydra/launcher=slurm: each cell is a job of its own, submitted by submitit, with the cell's name in the queue."""

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
from hackmentor.grid.optional_packages import needs
from hackmentor.grid.squeue import queued, state_of
from hackmentor.grid.train_command import launcher_settings
from hackmentor.runtime.errors import StoppedError, UserError
from hackmentor.runtime.files import read_json, write_json
from hackmentor.runtime.signals import Interrupts

log = logging.getLogger(__name__)

SlurmCell = ClusterCell[SlurmSettings]

# A shared file system may show a file on another machine so much later.
_FILES_ARRIVE_SECONDS = 30.0


class SlurmLauncher(ClusterLauncher[SlurmSettings]):
    """Submits the cells and waits for them. Jobs that are in the queue from an earlier command are waited for too."""

    def refuse_missing(self) -> None:
        """Raises UserError where nothing can be submitted."""
        needs("submitit", extra="slurm", option="hydra/launcher=slurm")
        if shutil.which("sbatch") is None:
            raise UserError("hydra/launcher=slurm: there is no sbatch here; start it where jobs are submitted from")

    def asked(self, composed: DictConfig, config: Config) -> SlurmSettings:
        """As `slurm_settings`."""
        return slurm_settings(composed, config)

    def train(self, cells: Sequence[SlurmCell]) -> dict[str, str]:
        """Runs the jobs in order of SLURM's liking."""
        numbers = _submitted(cells)
        _wait(numbers, poll_seconds=min(cell.settings.poll_seconds for cell in cells))
        return {cell.name: _ended(cell, number) for cell, number in zip(cells, numbers, strict=True)}


def slurm_settings(composed: DictConfig, config: Config) -> SlurmSettings:
    """What a cell's job asks for.

    Raises:
        UserError: naming each key of hydra.launcher that is wrong, or that follows from a trainer that leaves open
            what it needs, which can't be seen from where jobs are submitted.
    """
    devices, accelerator = config.trainer.devices, config.trainer.accelerator
    if not isinstance(devices, int) or devices < 1:
        raise UserError(f"hydra/launcher=slurm asks for a task a device: trainer.devices={devices} must be a number")
    if accelerator == "auto":
        raise UserError(
            "hydra/launcher=slurm must know what to ask for: use trainer=gpu or trainer=cpu, or say trainer.accelerator"
        )
    settings = launcher_settings(composed, SlurmSettings)
    if settings.gpus_per_node is not None:
        return settings
    return settings.model_copy(update={"gpus_per_node": devices if accelerator == "gpu" else 0})


def _submitted(cells: Sequence[SlurmCell]) -> list[str]:
    """The number of each cell's job, in the queue already or new.

    Raises:
        UserError: if sbatch refuses one.
    """
    before, numbers = queued() or {}, list[str]()
    for cell in cells:
        number = str((read_json(_place(cell) / "job.json") or {}).get("number"))
        if number in before and before[number].name == cell.name:
            log.info("%s: job %s is in the queue already", cell.name, number)
        else:
            number = _submit(cell)
            write_json(_place(cell) / "job.json", {"number": number})
            log.info("%s: submitted as job %s", cell.name, number)
        numbers.append(number)
    return numbers


def _place(cell: SlurmCell) -> Path:
    """Where submitit keeps the job's script, pickle and output."""
    return cell.folder.path / "slurm"


def _submit(cell: SlurmCell) -> str:
    import submitit
    from submitit.core.utils import FailedJobError

    executor = submitit.SlurmExecutor(_place(cell).absolute(), max_num_timeout=cell.settings.max_timeouts)
    executor.update_parameters(**_sbatch_parameters(cell.settings, cell.name))
    try:
        job = executor.submit(CellJob(tuple(cell.command), str(Path.cwd())))
    except FailedJobError as error:
        raise UserError(f"{cell.name}: SLURM refuses the job: {str(error).strip()}") from error
    return str(job.job_id)


def _sbatch_parameters(settings: SlurmSettings, name: str) -> dict[str, Any]:
    asked = settings.model_dump(
        exclude={"tasks_per_node", "timeout_min", "mem_gb", "max_timeouts", "poll_seconds", "additional_parameters"},
        exclude_none=True,
    )
    if not settings.gpus_per_node:
        del asked["gpus_per_node"]
    if settings.mem_gb is not None:
        asked["mem"] = f"{round(settings.mem_gb * 1024)}M"
    return asked | {
        "job_name": name,
        "time": settings.timeout_min,
        "ntasks_per_node": settings.tasks_per_node,
        "stderr_to_stdout": True,
        # One process that fails would leave the others of its cell waiting for it until the time limit.
        "srun_args": ["--kill-on-bad-exit=1"],
        "additional_parameters": {"requeue": True, **settings.additional_parameters},
    }


def _wait(numbers: Sequence[str], poll_seconds: float) -> None:
    """Returns once no job is in the queue, and tells of each change of state until then.

    Raises:
        StoppedError: if a signal asks to stop. The jobs stay.
    """
    known: dict[str, str] = {}
    with Interrupts():
        try:
            while (now := queued()) is None or set(numbers) & now.keys():
                for number, job in (now or {}).items():
                    if number in numbers and known.get(number) != job.state:
                        log.info("%s: job %s is %s (%s)", job.name, number, job.state.lower(), job.reason)
                        known[number] = job.state
                time.sleep(poll_seconds)
        except StoppedError as stopped:
            kept = f"jobs {' '.join(numbers)} stay with SLURM: the same command waits for them, scancel ends them"
            raise StoppedError(kept, stopped.exit_code) from None


def _ended(cell: SlurmCell, number: str) -> str:
    """How a job ended, in words."""
    state, until = state_of(number), time.monotonic() + _FILES_ARRIVE_SECONDS
    while state == "COMPLETED" and not cell.folder.done.is_file() and time.monotonic() < until:
        time.sleep(1)
    return f"job {number} ended as {state} (its output: {_place(cell) / number}_0_log.out)"
