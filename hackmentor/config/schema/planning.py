"""What `hackmentor plan` plans for."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from hackmentor.config.schema.section import Name, Positive, Section


class Plan(Section):
    """What `hackmentor plan` plans for."""

    device: Name
    sample: Positive | None
    output: Annotated[str, Field(pattern=r"\.json$")] | None
