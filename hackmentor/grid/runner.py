"""Cells side by side, each in a process of its own. None outlives this one, however it ends."""

from __future__ import annotations

import signal
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hackmentor.cell.folder import CellFolder
from hackmentor.cell.state import progress_of
from hackmentor.grid.cell_process import CellProcess, start
from hackmentor.grid.devices import Slots, environment
from hackmentor.grid.progress_display import Watch
from hackmentor.grid.train_command import CellFailedError
from hackmentor.runtime.errors import StoppedError
from hackmentor.runtime.lock import HeldError
from hackmentor.runtime.signals import RESUMES, noted

_BETWEEN_LOOKS = 0.1  # seconds


@dataclass(frozen=True)
class Task:
    """A cell to train: the command, the GPUs it takes (None: all), and how many processes it has."""

    name: str
    folder: CellFolder
    command: Sequence[str]
    gpus: int | None
    processes: int


class Runner:
    """Runs cells in their order, so many at a time as there are slots.

    Args:
        tasks: the cells.
        slots: places with their GPUs.
        watch: who is told what happens.
        fail_fast: once one failed start no other, and ask those that run to stop.
    """

    def __init__(self, tasks: Sequence[Task], slots: Slots, watch: Watch, *, fail_fast: bool) -> None:
        self._waiting, self._slots, self._watch, self._fail_fast = deque(tasks), slots, watch, fail_fast
        self._running: list[tuple[CellProcess, list[str]]] = []
        self._failures: dict[str, Exception] = {}

    def run(self) -> Mapping[str, Exception]:
        """Runs them all, and returns why each that failed did.

        Raises:
            StoppedError: once every cell that ran has saved itself, if a signal asked this process to stop.
        """
        try:
            with noted(at_once=self._kill) as came:
                self._run(came)
        finally:
            self._kill()
            while self._running:
                self._collect()
                time.sleep(_BETWEEN_LOOKS)
        if came:
            raise StoppedError.by_signal(came[0], f"cells that are done stay done, {RESUMES} with the others")
        return self._failures

    def _run(self, came: Sequence[int]) -> None:
        passed_on = 0
        while self._running or self._waiting:
            for number in came[passed_on:]:
                # A cell alone is not asked to stop by SIGHUP: nohup is to keep it running.
                self._stop(signal.SIGTERM if number == signal.SIGHUP else number, "stopped before it began")
                passed_on += 1
            while self._waiting and self._start(self._waiting[0]):
                self._waiting.popleft()
            self._watch.look([process for process, _ in self._running], len(self._waiting))
            time.sleep(_BETWEEN_LOOKS)
            if self._collect() and self._fail_fast:
                self._stop(signal.SIGTERM, "not started, for another cell failed (grid.fail_fast)")

    def _start(self, task: Task) -> bool:
        """Whether its turn is over: it was started, is done, or can't be started now."""
        gpus = self._slots.take(task.gpus)
        if gpus is None:
            return False
        told = environment(gpus, task.gpus, task.processes, self._slots.parallel)
        try:
            process = start(task.command, task.name, task.folder, told)
        except (HeldError, OSError) as error:
            self._failures[task.name] = error
            process = None
        if process is None:
            self._slots.give_back(gpus)
        else:
            self._running.append((process, gpus))
            self._watch.begun(process)
        return True

    def _collect(self) -> bool:
        """Takes leave of those that have ended. Returns whether one of them failed."""
        failed = False
        for process, gpus in list(self._running):
            if (code := process.ended()) is None:
                continue
            self._running.remove((process, gpus))
            self._slots.give_back(gpus)
            if not process.folder.done.is_file():
                failed = True
                self._failures[process.name] = CellFailedError(progress_of(process.folder).why or f"exit code {code}")
            self._watch.ended(process, self._failures.get(process.name))
        return failed

    def _stop(self, number: int, why: str) -> None:
        self._failures |= {task.name: CellFailedError(why) for task in self._waiting}
        self._waiting.clear()
        for process, _ in self._running:
            process.ask_to_stop(number)

    def _kill(self) -> None:
        for process, _ in self._running:
            process.kill()
