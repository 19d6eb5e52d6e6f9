"""Settings of `hackmentor review`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from hackmentor.config.schema.section import Section


class ReviewSettings(Section):
    """What `hackmentor review` shows, and for how long."""

    watch: bool
    """Write the page anew as files change, until Ctrl-C; the page loads itself anew."""
    hourly_price: Annotated[float, Field(ge=0)] | None
    """What an hour of the machine that trains costs, in US dollars; null tells no cost of training."""
