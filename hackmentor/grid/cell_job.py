"""What runs on a node of a cluster: the process of a cell, and its way back into the queue when it has to stop."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import TYPE_CHECKING

from hackmentor.grid.squeue import is_running
from hackmentor.grid.train_command import CellFailedError
from hackmentor.runtime.signals import ASKED

if TYPE_CHECKING:
    from submitit.helpers import DelayedSubmission


@dataclass(frozen=True)
class CellJob:
    """One cell in a working directory; of a cell on several devices, one of its processes."""

    command: tuple[str, ...]
    cwd: str

    def __call__(self) -> None:
        """Called by submitit in each task of the job.

        Raises:
            CellFailedError: if the cell ended before it was done, so that SLURM counts the job as failed and ends
                its other tasks.
        """
        process = subprocess.Popen(self.command, cwd=self.cwd)
        with _passed_on(process) as came:
            code = process.wait()
        stopped = {number for signum in came for number in (-signum, 128 + signum)}
        if came and (code == 0 or code in stopped):
            _back_into_the_queue()
        if code != 0:
            raise CellFailedError(f"ended by signal {-code}" if code < 0 else f"exit code {code}")

    def checkpoint(self) -> DelayedSubmission:
        """What submitit runs when the job has been put back: the same, since a cell goes on from its own files."""
        from submitit.helpers import DelayedSubmission

        return DelayedSubmission(self)


def _back_into_the_queue() -> None:
    """Lets submitit's own handler requeue the job, unless SLURM is cancelling it or has put it back already.

    The handler was replaced while the cell was saving itself: it ends this process at once.
    """
    if is_running(os.environ["SLURM_JOB_ID"]):
        signal.raise_signal(signal.SIGUSR2)


@contextmanager
def _passed_on(process: subprocess.Popen[bytes]) -> Iterator[list[int]]:
    """Passes signals that ask to stop on to the cell, instead of what submitit does with them, and lists them."""
    came: list[int] = []

    def handle(number: int, _: FrameType | None) -> None:
        came.append(number)
        process.send_signal(number)

    before = {number: signal.signal(number, handle) for number in ASKED}
    try:
        yield came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
