"""Runs `hackmentor train` again and again, each time in a fresh process that is forked from this one and so need not
import torch. A request is a line of JSON on stdin, its answer the exit code on stdout. Not a test.
"""

from __future__ import annotations

import json
import os
import resource
import socket
import sys
import time
from importlib import import_module
from pathlib import Path

from hackmentor.cli import main

# What takes seconds to import, and is the same in every attempt.
IMPORTS = (
    "hackmentor.train.__main__",
    "hackmentor.train.fit_cell",
    "peft.tuners.lora.bnb",
    "peft.utils.transformers_weight_conversion",
    "transformers.integrations.bitsandbytes",
    "transformers.models.llama.modeling_llama",
)


def attempt(request: dict) -> int:
    """The exit code of a run, as a shell shows it; killed as the request says, if it lives that long.

    Of a run on several devices the first process is killed, and its exit code counts.
    """
    ranks = [forked(request, told) for told in environments(request["devices"])]
    if request["signal"]:
        kill(ranks[0], request)
    codes = [os.waitstatus_to_exitcode(os.waitpid(rank, 0)[1]) % 256 for rank in ranks]
    return codes[0]


def environments(devices: int) -> list[dict[str, str]]:
    """What Lightning finds in the environment of each of its processes where it need not start them itself."""
    if devices == 1:
        return [{}]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        place = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free.getsockname()[1])}
    return [place | {"LOCAL_RANK": str(rank)} for rank in range(devices)]


def forked(request: dict, told: dict[str, str]) -> int:
    """The process id of a run, or of one of its processes."""
    child = os.fork()
    if child == 0:
        os.environ.update(told)
        os.chdir(request["cwd"])
        log = os.open("attempts.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(log, 1)
        os.dup2(log, 2)
        if request["file_size"]:
            resource.setrlimit(resource.RLIMIT_FSIZE, (request["file_size"], resource.RLIM_INFINITY))
        try:
            code = main(["train", *request["words"]])
        except BaseException:
            import traceback

            traceback.print_exc()
            code = 1
        # As at the end of a program, without what pytest or this server would do at theirs.
        os._exit(code)
    return child


def kill(child: int, request: dict) -> None:
    """Sends the signal once the file of metrics has so many rows more, and then some time has passed."""
    metrics = Path(request["metrics"])
    enough = rows(metrics) + request["rows"]
    while request["rows"] and rows(metrics) < enough and not over(child):
        time.sleep(0.002)
    time.sleep(request["delay"])
    if not over(child):
        os.kill(child, request["signal"])


def rows(file: Path) -> int:
    """How many there are; a file that is begun anew starts with fewer."""
    return file.read_text().count("\n") if file.is_file() else 0


def over(child: int) -> bool:
    """Whether it has ended; it stays for `waitpid`."""
    return os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


if __name__ == "__main__":
    for name in IMPORTS:
        import_module(name)
    for line in sys.stdin:
        print(attempt(json.loads(line)), flush=True)
