"""Runs `hackmentor train` again and again, launcher and cells alike, in processes that are forked from one that has
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
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Forking:
    """Who asks the server."""

    server: subprocess.Popen[str]

    def start(self, words: list[str], cwd: Path, output: Path) -> int:
        """The process id of `hackmentor train` with these words."""
        return self._ask({"cwd": str(cwd), "words": words, "output": str(output)})

    def wait(self, pid: int) -> int:
        """The exit code of a process that was started, negative for a signal."""
        return self._ask({"wait": pid})

    def _ask(self, request: dict[str, object]) -> int:
        assert self.server.stdin is not None
        assert self.server.stdout is not None
        self.server.stdin.write(json.dumps(request) + "\n")
        self.server.stdin.flush()
        return int(self.server.stdout.readline())


@contextlib.contextmanager
def forking() -> Iterator[Forking]:
    """A server that runs inside the block."""
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(REPOSITORY)}
    command = [sys.executable, "-m", "tests.grid.forking"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment, cwd=REPOSITORY
    ) as server:
        yield Forking(server)
        assert server.stdin is not None
        server.stdin.close()


def _forked(arguments: Sequence[str], output: Path) -> int:
    """Runs the command in a child, which has its output in a file; returns the child's process id."""
    from hackmentor.cli import main

    if child := os.fork():
        return child
    os.setpgid(0, 0)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGUSR1):
        signal.signal(number, signal.SIG_DFL)
    for source, target in ((os.open(os.devnull, os.O_RDONLY), 0), (_appended(output), 1), (_appended(output), 2)):
        os.dup2(source, target)
    try:
        code = main(["train", *arguments])
    except BaseException:
        import traceback

        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    # As at the end of a program, without what its parent would do at its own.
    os._exit(code)


def _appended(file: Path) -> int:
    return os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)


def _serve(request: dict[str, object]) -> int:
    if "wait" in request:
        return os.waitstatus_to_exitcode(os.waitpid(int(str(request["wait"])), 0)[1])
    os.chdir(str(request["cwd"]))
    words = request["words"]
    assert isinstance(words, list)
    return _forked(words, Path(str(request["output"])))


if __name__ == "__main__":
    from hackmentor.cell.folder import CellFolder
    from hackmentor.grid import cell_process
    from tests.train.fork_server import IMPORTS

    def spawn(command: Sequence[str], told: Mapping[str, str], folder: CellFolder) -> int:
        before = dict(os.environ)
        os.environ.clear()
        os.environ.update(told)
        child = _forked(command[3:], folder.log)
        os.environ.clear()
        os.environ.update(before)
        return child

    cell_process._spawn = spawn
    for name in (*IMPORTS, "hackmentor.grid.process_launcher", "hackmentor.grid.grid_sweeper"):
        import_module(name)
    for line in sys.stdin:
        print(_serve(json.loads(line)), flush=True)
