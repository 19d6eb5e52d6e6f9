"""Asks SLURM about jobs, without its accounting (sacct), which many small clusters don't have."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass


@dataclass(frozen=True)
class QueuedJob:
    """A job that is pending or running: its name, its state as SLURM names it, and the reason for it (or None)."""

    name: str
    state: str
    reason: str


def list_queued_jobs() -> dict[str, QueuedJob] | None:
    """The user's jobs that are pending or running, by id; None if SLURM did not answer, as a busy controller may."""
    done = subprocess.run(
        ["squeue", "--me", "--noheader", "--format=%A|%T|%r|%j"], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        return None
    rows = (line.split("|", 3) for line in done.stdout.splitlines())
    return {job_id: QueuedJob(name, state, reason) for job_id, state, reason, name in rows}


def is_job_active(job_id: str) -> bool:
    """Whether a job is running and will go on: one that is being cancelled or requeued will not."""
    return get_job_state(job_id) in ("RUNNING", "SIGNALING")


def get_job_state(job_id: str) -> str:
    """SLURM's name for the state of a job, also for some minutes after its end; UNKNOWN if it does not answer."""
    done = subprocess.run(["scontrol", "show", "job", job_id], capture_output=True, text=True, check=False)
    match = re.search(r"JobState=(\w+)", done.stdout)
    return match.group(1) if match else "UNKNOWN"
