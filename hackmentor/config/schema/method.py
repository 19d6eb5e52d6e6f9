"""What is trained, and how the frozen rest is held."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from hackmentor.config.schema.section import Fraction, Positive, Section


class Lora(Section):
    """Low-rank adapters on a frozen base. The name says which option it is; what it does, the keys say."""

    name: Literal["lora", "rslora", "dora", "pissa"]
    rank: Positive
    alpha: Positive
    dropout: Fraction
    targets: list[str] = Field(min_length=1)
    rslora: bool
    dora: bool
    init: Literal["default", "pissa"]


class Full(Section):
    """Every weight is trained."""

    name: Literal["full"]
    dropout: Fraction


class Quant(Section):
    """How the frozen weights of the base are held in memory."""

    name: Literal["int8", "nf4", "none"]
