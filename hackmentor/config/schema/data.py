"""Data sets, and what a look at one shows."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from hackmentor.config.schema.section import Name, Positive, Section, Shape


class Data(Section):
    """A data set of one shape, and how it is built."""

    name: Name
    shape: Shape
    sources: list[str] = Field(min_length=1)
    eval_fraction: Annotated[float, Field(gt=0, lt=1)]
    max_train: Positive | None
    max_eval: Positive | None
    against: list[str]
    licence: str | None
    skip_bad: bool


class Inspect(Section):
    """What a look at the data shows."""

    side: Literal["train", "eval"]
    records: Annotated[int, Field(ge=0)]
    ids: list[str]
    tokens: bool
    output: str | None
