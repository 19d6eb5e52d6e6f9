"""How far a cell has come, and how long it will still take."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hackmentor.cell import CellFolder
from hackmentor.review.duration import duration
from hackmentor.review.read import read_object


@dataclass(frozen=True)
class Pace:
    """Optimizer steps that are done, of how many, and the seconds that the others will take; None where not known."""

    step: int
    of: int | None = None
    seconds_left: float | None = None

    @property
    def steps(self) -> str:
        """Steps alone: 120 of 600; empty before the first."""
        if self.of is None:
            return f"{self.step:,}" if self.step else ""
        return f"{self.step:,} of {self.of:,}"

    def __str__(self) -> str:
        left = f", {duration(self.seconds_left)} left" if self.seconds_left is not None else ""
        return f"step {self.steps}{left}" if self.steps else ""


def pace_of(folder: CellFolder, step: int, *, running: bool) -> Pace:
    """The pace of a cell that has done so many steps: if it runs, as fast as since it began or last went on."""
    begun = read_object(folder.progress)
    if begun is None:
        return Pace(step)
    since, done = datetime.fromisoformat(begun["since"]).timestamp(), step - begun["from_step"]
    left = None
    if running and done > 0 and folder.metrics.is_file():
        left = (begun["steps"] - step) * (folder.metrics.stat().st_mtime - since) / done
    return Pace(step, begun["steps"], left)
