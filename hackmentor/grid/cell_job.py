"""The job of a cell on a node of a SLURM cluster: runs the cell's process, and requeues itself when it has to stop."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import TYPE_CHECKING

from hackmentor.grid.squeue import is_job_active
from hackmentor.grid.train_command import CellFailedError
from hackmentor.runtime.signals import STOP_SIGNALS

if TYPE_CHECKING:
    from submitit.helpers import DelayedSubmission


@dataclass(frozen=True)
class CellJob:
    """One cell and its working directory; of a cell on several devices, one of its processes."""

    command: tuple[str, ...]
    cwd: str

    def __call__(self) -> None:
        """Called by submitit in each task of the job.

        Raises:
            CellFailedError: if the cell ended before it was done, so that SLURM counts the job as failed and ends
                its other tasks.
        """
        process = subprocess.Popen(self.command, cwd=self.cwd)
        with _stop_signals_forwarded(process) as received:
            code = process.wait()
        stop_codes = {stop_code for number in received for stop_code in (-number, 128 + number)}
        if received and (code == 0 or code in stop_codes):
            _requeue_job()
        if code != 0:
            raise CellFailedError(f"ended by signal {-code}" if code < 0 else f"exit code {code}")

    def checkpoint(self) -> DelayedSubmission:
        """What submitit runs when the job was requeued: the same, since a cell continues from its own files."""
        from submitit.helpers import DelayedSubmission

        return DelayedSubmission(self)


def _requeue_job() -> None:
    """Lets submitit's own signal handler requeue the job, unless SLURM is cancelling or requeuing it already.

    That handler was replaced while the cell was saving itself, since it ends this process at once.
    """
    if is_job_active(os.environ["SLURM_JOB_ID"]):
        signal.raise_signal(signal.SIGUSR2)


@contextmanager
def _stop_signals_forwarded(process: subprocess.Popen[bytes]) -> Iterator[list[int]]:
    """Forwards signals that ask to stop to the cell, in place of submitit's handlers, and yields a list of them."""
    received: list[int] = []

    def handle(number: int, _: FrameType | None) -> None:
        received.append(number)
        process.send_signal(number)

    previous = {number: signal.signal(number, handle) for number in STOP_SIGNALS}
    try:
        yield received
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
