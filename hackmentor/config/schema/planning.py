"""Settings of `hackmentor plan`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from hackmentor.config.schema.section import Name, PathText, Positive, Section


class PlanSettings(Section):
    """What `hackmentor plan` plans for."""

    device: Name
    """This machine (auto), or a device of hackmentor/plan/devices.yaml."""
    sample: Positive | None
    """How many records are counted in tokens to stand for all; null counts all."""
    output: Annotated[PathText, Field(pattern=r"\.json$")] | None
    """A file for all figures, as JSON."""
