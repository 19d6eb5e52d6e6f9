"""Being asked to stop: at once where nothing is lost, else at the next point where everything can be saved."""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from hackmentor.runtime.errors import StoppedError

log = logging.getLogger(__name__)

# SIGTERM is a cluster's preemption, SIGUSR1 or 2 its early warning (sbatch --signal), SIGINT is Ctrl-C.
ASKED = (signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2, signal.SIGINT)
# The process id of who starts a command of ours and wants it to end with it; Linux's number for asking for that.
PARENT = "HACKMENTOR_PARENT"
_PR_SET_PDEATHSIG = 1
RESUMES = "the same command continues"


class Interrupts:
    """Signals that ask to stop, inside a `with` block.

    While `patient`, the first one is noted in `received` for the work to act on; else it raises `StoppedError` at once.
    A second Ctrl-C always ends the process at once.
    """

    def __init__(self) -> None:
        self.patient = False
        self.received: int | None = None
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Interrupts:
        self._before = {number: signal.getsignal(number) for number in ASKED}
        self.install()
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def install(self) -> None:
        """Takes the signals over from whoever has set handlers meanwhile.

        Lightning does so at the start of each stage. Its SIGTERM handler broadcasts among the devices from wherever the
        process is, which can meet another collective and hang; under SLURM, that of SIGUSR1 saves mid-step.
        """
        for number in ASKED:
            signal.signal(number, self._handle)

    def _handle(self, number: int, _: FrameType | None) -> None:
        if self.received is not None:
            if number == signal.SIGINT:
                signal.signal(number, signal.SIG_DFL)
                os.kill(os.getpid(), number)
            return
        self.received = number
        if not self.patient:
            raise StoppedError.by_signal(number, RESUMES)
        log.warning(
            "%s: this step is finished and saved before the end (Ctrl-C again: at once)", signal.Signals(number).name
        )


@contextmanager
def closed_on_sigterm() -> Iterator[None]:
    """SIGTERM ends the block as an exit does: what is open is closed, and the exit code is 143."""
    before = signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def noted(at_once: Callable[[], None]) -> Iterator[list[int]]:
    """Lists the signals that ask to stop, inside the block, the end of a terminal (SIGHUP) among them, unless nohup
    or the like has it ignored. A second Ctrl-C calls `at_once` and ends the block.

    Raises:
        KeyboardInterrupt: at the second Ctrl-C.
    """
    came: list[int] = []

    def handle(number: int, _: FrameType | None) -> None:
        if number == signal.SIGINT and came:
            at_once()
            raise KeyboardInterrupt
        came.append(number)

    numbers = [*ASKED, *([signal.SIGHUP] if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN else [])]
    before = {number: signal.signal(number, handle) for number in numbers}
    try:
        yield came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def ends_with_parent() -> Iterator[None]:
    """Has this process killed when the one that started it ends, in whatever way, if that one asked for it (Linux).

    Inside the block the same holds for a command of ours that this process starts: the ranks of a cell end with it.
    """
    asked, prctl = os.environ.get(PARENT), getattr(ctypes.CDLL(None), "prctl", None)
    if asked is not None and int(asked) != os.getpid() and prctl is not None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != int(asked):  # it ended before it could be told of us
            os._exit(128 + signal.SIGKILL)
    os.environ[PARENT] = str(os.getpid())
    try:
        yield
    finally:
        del os.environ[PARENT]
