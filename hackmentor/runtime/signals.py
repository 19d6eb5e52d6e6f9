"""Signals that ask a process to stop: at once, or at the next point where its state can be saved."""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import FrameType
from typing import Any

from hackmentor.runtime.environment import read_number_variable
from hackmentor.runtime.errors import StoppedError

log = logging.getLogger(__name__)

# SIGTERM is a cluster's preemption, SIGUSR1 or 2 its early warning (sbatch --signal), SIGINT is Ctrl-C.
STOP_SIGNALS = (signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2, signal.SIGINT)
# Holds the process id of a parent that wants this process to end with it.
PARENT_PID_VARIABLE = "HACKMENTOR_PARENT"
_PR_SET_PDEATHSIG = 1  # of prctl(2), Linux
# How long the handler of a second Ctrl-C has, in Python, before the process is ended without it.
_HANDLER_SECONDS = 1.0
RESUME_HINT = "the same command continues"


class StopSignalHandler:
    """Handles signals that ask to stop, inside a `with` block.

    The first one raises `StoppedError` at once; while `defers_stop` is set, it is only kept in `received`, for the
    caller to act on. A second Ctrl-C always ends the process at once, also where the main thread is in a call of C that
    does not return, such as a collective whose other devices don't come: no handler of Python runs there.
    """

    def __init__(self) -> None:
        self.defers_stop = False
        self.received: int | None = None
        self._previous_handlers: dict[int, Any] = {}
        self._stack = ExitStack()

    def __enter__(self) -> StopSignalHandler:
        self._previous_handlers = {number: signal.getsignal(number) for number in STOP_SIGNALS}
        self._stack.enter_context(second_interrupt_watched())
        self.install_handlers()
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._previous_handlers.items():
            signal.signal(number, handler)
        self._stack.close()

    def install_handlers(self) -> None:
        """Installs the handlers, again where others have replaced them meanwhile.

        Lightning does so at the start of each stage. Its SIGTERM handler broadcasts among the devices from wherever the
        process is, which can meet another collective and hang; under SLURM, that of SIGUSR1 saves mid-step.
        """
        for number in STOP_SIGNALS:
            signal.signal(number, self._handle_signal)

    def _handle_signal(self, number: int, _: FrameType | None) -> None:
        if self.received is not None:
            if number == signal.SIGINT:
                signal.signal(number, signal.SIG_DFL)
                os.kill(os.getpid(), number)
            return
        self.received = number
        if not self.defers_stop:
            raise StoppedError.from_signal(number, RESUME_HINT)
        log.warning(
            "%s: finishing and saving this step, then ending (Ctrl-C again: at once)", signal.Signals(number).name
        )


@contextmanager
def second_interrupt_watched() -> Iterator[None]:
    """Ends this process at a SIGINT after another signal that asks to stop, whatever its main thread is doing.

    Python's own part of a signal handler, in C, writes the number of each signal to a file at once; a thread reads it.
    """
    reader, writer = socket.socketpair()
    writer.setblocking(False)
    try:
        previous = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
    except ValueError:  # not the main thread, which gets no signals either
        reader.close()
        writer.close()
        yield
        return
    threading.Thread(target=_end_at_second_interrupt, args=(reader,), name="second Ctrl-C", daemon=True).start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(previous)
        writer.close()  # which ends the thread


def _end_at_second_interrupt(reader: socket.socket) -> None:
    is_asked = False
    with reader:
        while number := reader.recv(1):
            if is_asked and number[0] == signal.SIGINT:
                time.sleep(_HANDLER_SECONDS)
                os._exit(128 + signal.SIGINT)
            is_asked = is_asked or number[0] in STOP_SIGNALS


@contextmanager
def sigterm_raises_exit() -> Iterator[None]:
    """Makes SIGTERM raise SystemExit inside the block, so that what is open is closed; the exit code is 143."""
    previous = signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)


@contextmanager
def stop_signals_recorded(on_second_interrupt: Callable[[], None]) -> Iterator[list[int]]:
    """Yields a list that grows by each signal that asks to stop inside the block.

    SIGHUP (the terminal was closed) counts too, unless it is ignored, as under nohup. A second Ctrl-C calls
    `on_second_interrupt` and ends the block.

    Raises:
        KeyboardInterrupt: at the second Ctrl-C.
    """
    received: list[int] = []

    def handle(number: int, _: FrameType | None) -> None:
        if number == signal.SIGINT and received:
            on_second_interrupt()
            raise KeyboardInterrupt
        received.append(number)

    numbers = [*STOP_SIGNALS, *([signal.SIGHUP] if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN else [])]
    previous = {number: signal.signal(number, handle) for number in numbers}
    try:
        yield received
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


@contextmanager
def killed_with_parent() -> Iterator[None]:
    """Has this process killed when its parent ends, however that happens, if the parent asked for it (Linux only).

    Inside the block the same holds for commands of ours that this process starts: the ranks of a cell end with it.
    """
    parent, prctl = read_number_variable(PARENT_PID_VARIABLE), getattr(ctypes.CDLL(None), "prctl", None)
    if parent is not None and parent != os.getpid() and prctl is not None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it ended before prctl took effect
            os._exit(128 + signal.SIGKILL)
    os.environ[PARENT_PID_VARIABLE] = str(os.getpid())
    try:
        yield
    finally:
        del os.environ[PARENT_PID_VARIABLE]
