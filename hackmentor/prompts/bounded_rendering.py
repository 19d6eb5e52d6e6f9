"""Bounds on what rendering a chat template may take: a template is a program, and may be anybody's."""

from __future__ import annotations

import resource
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

from hackmentor.runtime.errors import UserError

# The longest rendering of an honest template, of a conversation of hundreds of turns, takes well under a second.
_SECONDS, _BYTES, MAX_CHARACTERS = 20.0, 2**31, 50_000_000


class RenderingTooLongError(UserError):
    """A template has taken more time than any conversation needs."""


@contextmanager
def rendering_bounded() -> Iterator[None]:
    """Bounds time and memory of the block in the main thread; other threads can't be interrupted.

    Raises:
        RenderingTooLongError: after 20 seconds.
        MemoryError: when the process would grow by more than 2 GiB.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    limits = resource.getrlimit(resource.RLIMIT_AS)
    before = signal.signal(signal.SIGALRM, _stop)
    signal.setitimer(signal.ITIMER_REAL, _SECONDS)
    _set_memory_limit(limits)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        resource.setrlimit(resource.RLIMIT_AS, limits)


def _stop(_number: int, _frame: FrameType | None) -> NoReturn:
    raise RenderingTooLongError(f"rendering the chat template takes more than {_SECONDS:g} seconds")


def _set_memory_limit(limits: tuple[int, int]) -> None:
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except OSError:  # not Linux
        return
    wanted = pages * resource.getpagesize() + _BYTES
    soft, hard = limits
    if soft == resource.RLIM_INFINITY or wanted < soft:
        resource.setrlimit(resource.RLIMIT_AS, (wanted, hard))
