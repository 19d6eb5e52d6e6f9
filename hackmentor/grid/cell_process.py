"""The process of one cell: started, asked to stop, killed with all that it started, and what became of it."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hackmentor.cell.folder import CellFolder
from hackmentor.cell.state import last_line, progress_of
from hackmentor.runtime.lock import lent
from hackmentor.runtime.signals import ASKED, PARENT


@dataclass
class CellProcess:
    """A cell in training. It leads a process group of its own, to which all belong that it starts."""

    name: str
    folder: CellFolder
    pid: int
    started: float = field(default_factory=time.monotonic)

    def ask_to_stop(self, number: int) -> None:
        """Passes a signal on: the step is finished and saved."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Ends the whole group at once."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)

    def ended(self) -> int | None:
        """The exit code, negative for a signal, once the process has ended; what it left of its group ends with it."""
        if os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            return None
        self.kill()  # before the wait: until then no other process can have this number
        code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        _log_end(self.folder, code)
        return code


def start(command: Sequence[str], name: str, folder: CellFolder, told: Mapping[str, str]) -> CellProcess | None:
    """Starts a cell, with its output at the end of its log and its lock held from the first moment.

    Returns None if another command has finished the cell meanwhile.

    Raises:
        HeldError: if another process trains the cell.
    """
    with lent(folder.lock) as lock:
        if folder.done.is_file():
            return None
        folder.progress.unlink(missing_ok=True)  # of an earlier attempt
        _log(folder, "INFO", f"a process begins: {' '.join(f'{key}={value}' for key, value in told.items()) or name}")
        environment = {**os.environ, **told, **lock, PARENT: str(os.getpid())}
        return CellProcess(name, folder, _spawn(command, environment, folder))


def _spawn(command: Sequence[str], environment: Mapping[str, str], folder: CellFolder) -> int:
    output = (os.POSIX_SPAWN_OPEN, 1, str(folder.log), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    actions = [(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0), output, (os.POSIX_SPAWN_DUP2, 1, 2)]
    # A group of its own: Ctrl-C on a terminal goes to the whole group, and would reach it a second time from here.
    return os.posix_spawn(command[0], list(command), environment, file_actions=actions, setpgroup=0)


def _log_end(folder: CellFolder, code: int) -> None:
    """Adds to the log of a cell how its process ended, where it could not tell so itself."""
    if code == -signal.SIGKILL:
        _log(folder, "WARNING", "the process was killed (SIGKILL): by hand, or by the system when memory ran out")
    elif (number := -code if code < 0 else code - 128) in ASKED and progress_of(folder).state != "stopped":
        _log(folder, "ERROR", f"stopped by {signal.Signals(number).name} before there was anything to save")
    elif code < 0:
        _log(folder, "ERROR", f"the process was ended by {signal.Signals(-code).name}")
    elif code > 0 and progress_of(folder).state == "cut off":
        _log(folder, "ERROR", f"exit code {code}: {last_line(folder)}")


def _log(folder: CellFolder, level: str, line: str) -> None:
    """A line as Hydra's logging writes them."""
    with contextlib.suppress(OSError), folder.log.open("a", encoding="utf-8") as log:
        log.write(f"[{time.strftime('%Y-%m-%d %H:%M:%S')},000][{__package__}][{level}] - {line}\n")
