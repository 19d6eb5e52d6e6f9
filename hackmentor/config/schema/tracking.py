"""Who watches."""

from __future__ import annotations

from typing import Literal

from hackmentor.config.schema.section import Name, Section


class WandbTracker(Section):
    """Weights & Biases."""

    name: Literal["wandb"]
    mode: Literal["offline", "online"]
    project: Name
    entity: str | None


class NoTracker(Section):
    """Nothing beside the files of the cell."""

    name: Literal["none"]
