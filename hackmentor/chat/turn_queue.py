"""Turns: threads that generate on one device take turns, so that several answers grow at the same time."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class TurnQueue:
    """A lock that threads hold in turns, in the order in which they asked for it.

    Args:
        min_seconds: how long a turn lasts at least while others wait. Switching adapters costs some milliseconds.
    """

    def __init__(self, min_seconds: float = 0.1) -> None:
        self._min_seconds = min_seconds
        self._condition = threading.Condition()
        self._waiting: deque[object] = deque()  # the first has the turn

    @contextmanager
    def turns(self) -> Iterator[Turns]:
        """Waits for a turn; inside the block it can be handed over. The last one ends with the block."""
        turns = Turns(self)
        turns.wait()
        try:
            yield turns
        finally:
            turns.end()

    def _enter(self, thread: object) -> None:
        with self._condition:
            self._waiting.append(thread)
            try:
                self._condition.wait_for(lambda: self._waiting[0] is thread)
            except BaseException:  # Ctrl-C while it waits
                self._leave(thread)
                raise

    def _leave(self, thread: object) -> None:
        with self._condition:
            if thread in self._waiting:
                self._waiting.remove(thread)
            self._condition.notify_all()


class Turns:
    """The turns of one thread. Made by `TurnQueue.turns`."""

    def __init__(self, queue: TurnQueue) -> None:
        self._queue, self._started = queue, 0.0

    @property
    def is_over(self) -> bool:
        """Whether another thread waits, and this turn has lasted long enough."""
        queue = self._queue
        return len(queue._waiting) > 1 and time.monotonic() - self._started >= queue._min_seconds

    def wait(self) -> None:
        """Waits for the next turn."""
        self._queue._enter(self)
        self._started = time.monotonic()

    def end(self) -> None:
        """Ends the turn, if there is one."""
        self._queue._leave(self)
