"""Runs cells side by side, each in a process of its own. None outlives this process, however it ends."""

from __future__ import annotations

import signal
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hackmentor.cell.folder import CellFolder
from hackmentor.cell.state import read_cell_state
from hackmentor.grid.cell_process import CellProcess, start_cell
from hackmentor.grid.devices import GpuSlots, build_environment
from hackmentor.grid.progress_display import ProgressDisplay
from hackmentor.grid.train_command import CellFailedError
from hackmentor.runtime.errors import StoppedError
from hackmentor.runtime.lock import LockHeldError
from hackmentor.runtime.signals import RESUME_HINT, stop_signals_recorded

_POLL_SECONDS = 0.1


@dataclass(frozen=True)
class CellTask:
    """A cell to train: the command, how many GPUs it takes (None: all), and how many processes it has."""

    name: str
    folder: CellFolder
    command: Sequence[str]
    gpus: int | None
    processes: int


class CellRunner:
    """Runs cells in the given order, as many at a time as there are slots.

    Args:
        tasks: the cells.
        slots: hands out the GPUs.
        display: shows what happens.
        fail_fast: once one cell failed start no other, and ask those that run to stop.
    """

    def __init__(
        self, tasks: Sequence[CellTask], slots: GpuSlots, display: ProgressDisplay, *, fail_fast: bool
    ) -> None:
        self._waiting, self._slots, self._display, self._fail_fast = deque(tasks), slots, display, fail_fast
        self._running: list[tuple[CellProcess, list[str]]] = []
        self._failures: dict[str, Exception] = {}

    def run(self) -> Mapping[str, Exception]:
        """Runs all cells, and returns the errors of those that failed, by name.

        Raises:
            StoppedError: once every cell that ran has saved itself, if a signal asked this process to stop.
        """
        try:
            with stop_signals_recorded(on_second_interrupt=self._kill_all) as received:
                self._run_until_done(received)
        finally:
            self._kill_all()
            while self._running:
                self._collect_ended()
                time.sleep(_POLL_SECONDS)
        if received:
            raise StoppedError.from_signal(received[0], f"cells that are done stay done, {RESUME_HINT} with the others")
        return self._failures

    def _run_until_done(self, received: Sequence[int]) -> None:
        forwarded = 0
        while self._running or self._waiting:
            for number in received[forwarded:]:
                # A cell trained alone is not asked to stop by SIGHUP, so that nohup keeps it running.
                self._stop_all(signal.SIGTERM if number == signal.SIGHUP else number, "stopped before it began")
                forwarded += 1
            while self._waiting and self._try_to_start(self._waiting[0]):
                self._waiting.popleft()
            self._display.show_running([process for process, _ in self._running], len(self._waiting))
            time.sleep(_POLL_SECONDS)
            if self._collect_ended() and self._fail_fast:
                self._stop_all(signal.SIGTERM, "not started, because another cell failed (grid.fail_fast)")

    def _try_to_start(self, task: CellTask) -> bool:
        """Starts a cell if a slot is free. Returns whether the cell no longer waits: it runs, is done or failed."""
        gpus = self._slots.acquire(task.gpus)
        if gpus is None:
            return False
        variables = build_environment(gpus, task.gpus, task.processes, self._slots.max_parallel)
        try:
            process = start_cell(task.command, task.name, task.folder, variables)
        except (LockHeldError, OSError) as error:
            self._failures[task.name] = error
            process = None
        if process is None:
            self._slots.release(gpus)
        else:
            self._running.append((process, gpus))
            self._display.show_start(process)
        return True

    def _collect_ended(self) -> bool:
        """Removes the processes that have ended. Returns whether one of their cells failed."""
        failed = False
        for process, gpus in list(self._running):
            if (code := process.poll()) is None:
                continue
            self._running.remove((process, gpus))
            self._slots.release(gpus)
            if not process.folder.done.is_file():
                failed = True
                reason = read_cell_state(process.folder).reason or f"exit code {code}"
                self._failures[process.name] = CellFailedError(reason)
            self._display.show_end(process, self._failures.get(process.name))
        return failed

    def _stop_all(self, signal_number: int, reason: str) -> None:
        self._failures |= {task.name: CellFailedError(reason) for task in self._waiting}
        self._waiting.clear()
        for process, _ in self._running:
            process.send_signal(signal_number)

    def _kill_all(self) -> None:
        for process, _ in self._running:
            process.kill()
