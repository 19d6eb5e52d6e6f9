"""The process of one cell: starts it, signals it, kills it with its children, and records how it ended."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hackmentor.cell.folder import CellFolder
from hackmentor.cell.state import read_last_log_message, read_recorded_state, record_state
from hackmentor.runtime.files import open_own
from hackmentor.runtime.lock import lock_passed_to_child
from hackmentor.runtime.signals import PARENT_PID_VARIABLE, STOP_SIGNALS
from hackmentor.track.wandb_server import get_fault_variables


@dataclass
class CellProcess:
    """The process that trains a cell. It leads a process group of its own, to which all its children belong."""

    name: str
    folder: CellFolder
    pid: int
    started_at: float = field(default_factory=time.monotonic)

    def send_signal(self, number: int) -> None:
        """Sends a signal to the process only: asked to stop, it finishes its step and saves."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Kills the whole process group at once."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)

    def poll(self) -> int | None:
        """The exit code, negative for a signal, or None while the process runs.

        Once it has ended, what is left of its group is killed, and its state and log say how it ended.
        """
        if os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            return None
        self.kill()  # before waitpid: until then no other process can get this pid
        code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        _record_exit(self.folder, code)
        return code


def start_cell(
    command: Sequence[str], name: str, folder: CellFolder, variables: Mapping[str, str]
) -> CellProcess | None:
    """Starts the process of a cell, with its output appended to the cell's log and the cell's lock held from the start.

    Args:
        command: the command line.
        name: the cell's name.
        folder: the cell's folder.
        variables: environment variables, on top of this process's.

    Returns:
        The process, or None if another command has finished the cell meanwhile.

    Raises:
        LockHeldError: if another process trains the cell.
    """
    with lock_passed_to_child(folder.lock) as lock_variables:
        if folder.done.is_file():
            return None
        folder.progress.unlink(missing_ok=True)  # of an earlier attempt
        record_state(folder, "running")
        described = " ".join(f"{key}={value}" for key, value in variables.items()) or name
        _append_to_log(folder, "INFO", f"starting a process: {described}")
        told = {**variables, **lock_variables, **get_fault_variables(), PARENT_PID_VARIABLE: str(os.getpid())}
        environment = {**os.environ, **told}
        return CellProcess(name, folder, _spawn(command, environment, folder))


def _spawn(command: Sequence[str], environment: Mapping[str, str], folder: CellFolder) -> int:
    output = (os.POSIX_SPAWN_OPEN, 1, str(folder.log), os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o666)
    actions = [(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0), output, (os.POSIX_SPAWN_DUP2, 1, 2)]
    # A group of its own: Ctrl-C on a terminal goes to the whole group, and would reach the cell twice, here and there.
    return os.posix_spawn(command[0], list(command), environment, file_actions=actions, setpgroup=0)


def _record_exit(folder: CellFolder, code: int) -> None:
    """Records how the process of a cell ended, where the process could not do so itself, and appends it to the log."""
    recorded = read_recorded_state(folder)
    if recorded is not None and recorded.state != "running":
        return  # the process has said it itself
    if code == -signal.SIGKILL:
        message = "the process was killed (SIGKILL): by hand, or by the system when memory ran out"
        _append_to_log(folder, "WARNING", message)
        record_state(folder, "cut off", message)
    elif (number := -code if code < 0 else code - 128) in STOP_SIGNALS:
        message = f"stopped by {signal.Signals(number).name} before there was anything to save"
        _append_to_log(folder, "ERROR", message)
        record_state(folder, "stopped", message)
    elif code < 0:
        message = f"the process was ended by {signal.Signals(-code).name}"
        _append_to_log(folder, "ERROR", message)
        record_state(folder, "failed", message)
    elif code > 0:
        message = f"exit code {code}: {read_last_log_message(folder)}"
        _append_to_log(folder, "ERROR", message)
        record_state(folder, "failed", message)


def _append_to_log(folder: CellFolder, level: str, message: str) -> None:
    """Appends a line in the format of Hydra's logging."""
    with contextlib.suppress(OSError), open_own(folder.log, "a") as log:
        log.write(f"[{time.strftime('%Y-%m-%d %H:%M:%S')},000][{__package__}][{level}] - {message}\n")
