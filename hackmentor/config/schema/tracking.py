"""Who watches."""

from __future__ import annotations

from typing import Literal

from hackmentor.config.schema.section import Name, Section


class WandbTracker(Section):
    """Weights & Biases."""

    name: Literal["wandb"]
    """Which tracker it is."""
    mode: Literal["offline", "online"]
    """Keep runs in a local store, which asks for no key and sends nothing, or send them at once."""
    project: Name
    """The project that runs appear in."""
    entity: str | None
    """The user or team; null is your own."""


class NoTracker(Section):
    """Nothing beside the files of the cell."""

    name: Literal["none"]
    """Which tracker it is."""
