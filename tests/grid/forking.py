"""Runs `hackmentor VERB` again and again, launcher and cells alike, in processes that are forked from one that has
imported torch: a start takes a tenth of a second instead of several. All else is as in earnest: locks, logs, process
groups, signals, the end with the parent. A request is a line of JSON on stdin, its answer a line on stdout. Not a test.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import psutil

REPOSITORY = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Forking:
    """Who asks the server. A process has the environment of who asks for it."""

    server: subprocess.Popen[str]
    log: Path  # what the server itself says on standard error, while it imports

    def start(
        self, words: list[str], cwd: Path, output: Path, *, verb: str = "train", errors: Path | None = None
    ) -> int:
        """The process id of `hackmentor VERB` with these words, which appends what it says to files."""
        request = {"cwd": str(cwd), "verb": verb, "words": words, "environment": _environment()}
        return self._ask(request | {"output": str(output), "errors": str(errors or output)})

    def run(self, verb: str, words: list[str], cwd: Path) -> subprocess.CompletedProcess[str]:
        """The command with these words, as `subprocess.run` gives it."""
        with tempfile.TemporaryDirectory() as folder:
            output, errors = Path(folder) / "output", Path(folder) / "errors"
            code = self.wait(self.start(words, cwd, output, verb=verb, errors=errors))
            return subprocess.CompletedProcess([verb, *words], code, output.read_text(), errors.read_text())

    def wait(self, pid: int) -> int:
        """The exit code of a process that was started, negative for a signal."""
        return self._ask({"wait": pid})

    @staticmethod
    def is_running(pid: int) -> bool:
        """Whether a process that was started, and not waited for, has not ended."""
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE

    def _ask(self, request: dict[str, object]) -> int:
        assert self.server.stdin is not None
        assert self.server.stdout is not None
        self.server.stdin.write(json.dumps(request) + "\n")
        self.server.stdin.flush()
        answer = self.server.stdout.readline()
        assert answer, self.log.read_text()
        return int(answer)


@contextlib.contextmanager
def forking() -> Iterator[Forking]:
    """A server that runs inside the block."""
    command = [sys.executable, "-m", "tests.grid.forking"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with (
        tempfile.NamedTemporaryFile(prefix="forking-", suffix=".log") as log,
        subprocess.Popen(command, **pipes, stderr=log, env=_environment(), cwd=REPOSITORY) as server,
    ):
        yield Forking(server, Path(log.name))
        assert server.stdin is not None
        server.stdin.close()


def _environment() -> dict[str, str]:
    return os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(REPOSITORY)}


def _forked(verb: str, arguments: Sequence[str], output: Path, errors: Path) -> int:
    """Runs the command in a child, which has its output in files; returns the child's process id."""
    from hackmentor.cli import main

    if child := os.fork():
        return child
    os.setpgid(0, 0)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGUSR1):
        signal.signal(number, signal.SIG_DFL)
    for source, target in ((os.open(os.devnull, os.O_RDONLY), 0), (_appended(output), 1), (_appended(errors), 2)):
        os.dup2(source, target)
    try:
        code = main([verb, *arguments])
    except BaseException:
        import traceback

        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    # As at the end of a program, without what its parent would do at its own.
    os._exit(code)


def _appended(file: Path) -> int:
    return os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)


def _serve(request: dict[str, object]) -> int:
    if "wait" in request:
        return os.waitstatus_to_exitcode(os.waitpid(int(str(request["wait"])), 0)[1])
    os.chdir(str(request["cwd"]))
    words, environment = request["words"], request["environment"]
    assert isinstance(words, list)
    assert isinstance(environment, dict)
    os.environ.clear()
    os.environ.update(environment)
    return _forked(str(request["verb"]), words, Path(str(request["output"])), Path(str(request["errors"])))


if __name__ == "__main__":
    from hackmentor.cell.folder import CellFolder
    from hackmentor.grid import cell_process
    from tests.train.fork_server import IMPORTS

    def spawn(command: Sequence[str], told: Mapping[str, str], folder: CellFolder) -> int:
        before = dict(os.environ)
        os.environ.clear()
        os.environ.update(told)
        child = _forked("train", command[3:], folder.log, folder.log)
        os.environ.clear()
        os.environ.update(before)
        return child

    cell_process._spawn = spawn
    launching = ("hackmentor.grid.process_launcher", "hackmentor.grid.grid_sweeper")
    for name in (*IMPORTS, *launching, "hackmentor.evaluate.exam.run_exam"):
        import_module(name)
    # Since Python 3.12, of any fork beside a thread: what importing has left here, PyTorch's among them, stands idle.
    warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
    for line in sys.stdin:
        print(_serve(json.loads(line)), flush=True)
