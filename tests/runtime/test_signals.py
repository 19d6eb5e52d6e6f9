"""Signals that ask to stop."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from hackmentor.runtime.errors import StoppedError
from hackmentor.runtime.signals import StopSignalHandler

DEFERRED = """
import os, signal, time
from hackmentor.runtime.signals import StopSignalHandler
with StopSignalHandler() as handler:
    handler.defers_stop = True
    os.kill(os.getpid(), signal.SIGINT)
    assert handler.received == signal.SIGINT
    os.kill(os.getpid(), signal.SIGTERM)
    print("still here", flush=True)
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(600)
"""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGUSR1, 138)])
def test_where_nothing_is_lost_it_stops_at_once(number: signal.Signals, code: int) -> None:
    before = signal.getsignal(number)
    with pytest.raises(StoppedError, match=f"stopped by {number.name}") as stopped, StopSignalHandler():
        os.kill(os.getpid(), number)
    assert stopped.value.exit_code == code
    assert signal.getsignal(number) == before


def test_a_second_ctrl_c_ends_it_at_once() -> None:
    done = subprocess.run([sys.executable, "-c", DEFERRED], capture_output=True, text=True)
    assert done.stdout == "still here\n"
    assert done.returncode == -signal.SIGINT
    assert "SIGINT: finishing and saving this step, then ending" in done.stderr
