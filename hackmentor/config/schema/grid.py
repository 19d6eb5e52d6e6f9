"""Settings of a grid's run."""

from __future__ import annotations

from typing import Literal

from hackmentor.config.schema.section import Positive, Section


class GridSettings(Section):
    """How the cells of a grid are run; decides nothing about what comes out."""

    parallel: Positive | Literal["auto"]
    """Cells at a time; auto is as many as the GPUs of this machine hold, else one."""
    order: Literal["base", "cheapest", "as_given"]
    """Cells of one base after each other, the least parameters times records first, or as they come."""
    retry: Literal["failed", "none", "all"]
    """What an earlier command left: go on with what failed, leave that, or train every cell anew."""
    fail_fast: bool
    """Once a cell failed, start no other, and have those that run saved and stopped."""
