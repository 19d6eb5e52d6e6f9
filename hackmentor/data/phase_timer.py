"""How long each phase of a build took, and on a terminal which one it is in."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console


class Phases:
    """Seconds by the name of the phase, in the order they ran."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        """Times what runs inside."""
        start = time.perf_counter()
        with Console(stderr=True).status(f"data: {name}"):
            yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start

    def __str__(self) -> str:
        parts = ", ".join(f"{name} {seconds:.1f}" for name, seconds in self.seconds.items())
        return f"{sum(self.seconds.values()):.1f} s ({parts})"
