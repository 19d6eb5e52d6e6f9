"""What SLURM says of jobs. Its accounting (sacct) is not needed: many small clusters have none."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass


@dataclass(frozen=True)
class QueuedJob:
    """A job that waits or runs: its name, its state in SLURM's word, and why it is in it (None for no reason)."""

    name: str
    state: str
    reason: str


def queued() -> dict[str, QueuedJob] | None:
    """My jobs that are not over, by id; None if SLURM did not answer, which a busy controller does."""
    done = subprocess.run(
        ["squeue", "--me", "--noheader", "--format=%A|%T|%r|%j"], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        return None
    rows = (line.split("|", 3) for line in done.stdout.splitlines())
    return {number: QueuedJob(name, state, reason) for number, state, reason, name in rows}


def is_running(number: str) -> bool:
    """Whether a job is running and meant to go on: one that is being cancelled or put back is not."""
    return state_of(number) in ("RUNNING", "SIGNALING")


def state_of(number: str) -> str:
    """SLURM's word for the state of a job, also for some minutes after its end; UNKNOWN if it does not answer."""
    done = subprocess.run(["scontrol", "show", "job", number], capture_output=True, text=True, check=False)
    found = re.search(r"JobState=(\w+)", done.stdout)
    return found.group(1) if found else "UNKNOWN"
