"""The task that runs a cell's process on a node of a Ray cluster."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence


def run_cell(command: Sequence[str], cwd: str, environment: Mapping[str, str]) -> int:
    """Runs a cell's process and returns its exit code.

    A cancelled task raises KeyboardInterrupt between two bytecodes, never inside a wait: so this polls.

    Args:
        command: the command line.
        cwd: the working directory.
        environment: of the grid's command; the devices that Ray assigns override it.
    """
    devices = {name: value for name, value in os.environ.items() if name.endswith("_VISIBLE_DEVICES")}
    process = subprocess.Popen(command, cwd=cwd, env={**os.environ, **environment, **devices})
    try:
        while process.poll() is None:
            time.sleep(0.2)
    except KeyboardInterrupt:
        process.terminate()  # not SIGINT, which Ray's processes block and their children after them
        process.wait()
        raise
    return process.returncode
