"""Experiment trackers, and what `hackmentor sync` sends."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from hackmentor.config.schema.section import Name, PathText, Section


class WandbTracker(Section):
    """Weights & Biases."""

    name: Literal["wandb"]
    """Which tracker it is."""
    mode: Literal["offline", "online", "disabled"]
    """Keep runs in a local store, which asks for no key and sends nothing; send them at once; or have none."""
    project: Name
    """The project that runs appear in; by default WANDB_PROJECT."""
    entity: str | None
    """The user or team; null is your own. By default WANDB_ENTITY."""


class NoTracker(Section):
    """Nothing beside the files of the cell."""

    name: Literal["none"]
    """Which tracker it is."""


class LoggerTracker(Section):
    """A Lightning logger."""

    name: Name
    """Which tracker it is."""
    logger: Annotated[str, Field(pattern=r"^\w+(\.\w+)+$")]
    """The path of the logger's class, such as lightning.pytorch.loggers.TensorBoardLogger."""
    arguments: dict[str, Any]
    """What the logger is made with."""
    package: str | None = None
    """The package that the logger needs, looked for before anything else is done."""


def _get_tracker_tag(tracker: Any) -> str:  # noqa: ANN401 - whatever YAML holds
    name = tracker.get("name") if isinstance(tracker, dict) else getattr(tracker, "name", None)
    return name if name in ("wandb", "none") else "lightning"


Tracker = Annotated[
    Annotated[WandbTracker, Tag("wandb")]
    | Annotated[NoTracker, Tag("none")]
    | Annotated[LoggerTracker, Tag("lightning")],
    Discriminator(_get_tracker_tag),
]


class SyncConfig(Section):
    """What `hackmentor sync` sends."""

    store: Annotated[PathText, Field(min_length=1)]
    """The folder of the runs: `wandb` below `paths.outputs`."""
    experiment: Name | None
    """Send the runs of this experiment; null sends all."""
    dry_run: bool
    """Check every file and say what would be sent, and send nothing."""
