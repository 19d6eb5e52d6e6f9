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

# A mutex that is locked already: the main thread waits in C, as in a collective, and runs no handler of Python.
STUCK = """
import ctypes, os, signal, subprocess, sys
from hackmentor.runtime.signals import StopSignalHandler
library, mutex = ctypes.CDLL(None), ctypes.create_string_buffer(128)
library.pthread_mutex_lock(mutex)
with StopSignalHandler() as handler:
    handler.defers_stop = True
    send = f"import os, time; [(time.sleep(0.2), os.kill({os.getpid()}, number)) for number in (%s)]"
    subprocess.Popen([sys.executable, "-c", send])
    library.pthread_mutex_lock(mutex)
"""


@pytest.mark.parametrize("first", [signal.SIGINT, signal.SIGTERM])
def test_a_second_ctrl_c_ends_what_is_stuck_in_c(first: signal.Signals) -> None:
    script = STUCK % f"{int(first)}, {int(signal.SIGINT)}"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert done.returncode == 130, done.stderr


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
