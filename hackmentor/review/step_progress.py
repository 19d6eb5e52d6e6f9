"""How many optimizer steps a cell has done, and how long the others will take."""

from __future__ import annotations

from dataclasses import dataclass

from hackmentor.cell.folder import CellFolder
from hackmentor.cell.state import read_training_progress
from hackmentor.runtime.duration import format_duration


@dataclass(frozen=True)
class StepProgress:
    """Optimizer steps done, steps in total, and the seconds that the remaining ones take; None where unknown."""

    step: int
    total_steps: int | None = None
    seconds_left: float | None = None

    @property
    def steps_text(self) -> str:
        """The steps alone, as `120 of 600`; empty before the first."""
        if self.total_steps is None:
            return f"{self.step:,}" if self.step else ""
        return f"{self.step:,} of {self.total_steps:,}"

    def __str__(self) -> str:
        left = f", {format_duration(self.seconds_left)} left" if self.seconds_left is not None else ""
        return f"step {self.steps_text}{left}" if self.steps_text else ""


def read_step_progress(folder: CellFolder, logged_steps: int, *, is_running: bool) -> StepProgress:
    """The progress of a cell whose metrics hold `logged_steps`, with what its process last wrote to progress.json."""
    progress = read_training_progress(folder)
    if progress is None:
        return StepProgress(logged_steps)
    return StepProgress(logged_steps, progress.steps, progress.seconds_left if is_running else None)
