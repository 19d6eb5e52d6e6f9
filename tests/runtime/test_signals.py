"""Being asked to stop."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from hackmentor.runtime.errors import StoppedError
from hackmentor.runtime.signals import Interrupts

PATIENT = """
import os, signal, time
from hackmentor.runtime.signals import Interrupts
with Interrupts() as interrupts:
    interrupts.patient = True
    os.kill(os.getpid(), signal.SIGINT)
    assert interrupts.received == signal.SIGINT
    os.kill(os.getpid(), signal.SIGTERM)
    print("still here", flush=True)
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(600)
"""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGUSR1, 138)])
def test_where_nothing_is_lost_it_stops_at_once(number: signal.Signals, code: int) -> None:
    before = signal.getsignal(number)
    with pytest.raises(StoppedError, match=f"stopped by {number.name}") as stopped, Interrupts():
        os.kill(os.getpid(), number)
    assert stopped.value.exit_code == code
    assert signal.getsignal(number) == before


def test_a_second_ctrl_c_ends_it_at_once() -> None:
    done = subprocess.run([sys.executable, "-c", PATIENT], capture_output=True, text=True)
    assert done.stdout == "still here\n"
    assert done.returncode == -signal.SIGINT
    assert "SIGINT: this step is finished and saved before the end" in done.stderr
