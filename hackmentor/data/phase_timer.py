"""Times the phases of a build, and shows on a terminal which one is running."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console


class PhaseTimer:
    """Seconds by phase, in the order in which the phases ran."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def phase_timed(self, name: str) -> Iterator[None]:
        """A context manager that adds the wall time of its block to a phase."""
        start = time.perf_counter()
        with Console(stderr=True).status(f"data: {name}"):
            yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start

    def __str__(self) -> str:
        parts = ", ".join(f"{name} {seconds:.1f}" for name, seconds in self.seconds.items())
        return f"{sum(self.seconds.values()):.1f} s ({parts})"
