"""How far a cell has come, and how long it will still take."""

from __future__ import annotations

from dataclasses import dataclass

from hackmentor.cell.folder import CellFolder
from hackmentor.cell.state import told_of
from hackmentor.runtime.duration import duration


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
    """The pace of a cell of which so many steps are logged, by what its process last told in progress.json."""
    told = told_of(folder)
    return Pace(step) if told is None else Pace(step, told.steps, told.seconds_left if running else None)
