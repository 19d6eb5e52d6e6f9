"""Data sets, and what `hackmentor data inspect` shows."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from hackmentor.config.schema.section import Name, PathText, Positive, Section, Shape


class DataSettings(Section):
    """A data set of one shape, and how it is built."""

    name: Name
    """The last part of a cell's name, and the folder in `paths.data`."""
    shape: Shape
    """Instruction, input and output (iio), or a dialogue of several turns (turn)."""
    sources: list[str] = Field(min_length=1)
    """Catalogues by name (atlas, attack, cwe, d3fend, ics, seeds, sigma), and files or folders of your own by path."""
    eval_fraction: Annotated[float, Field(gt=0, lt=1)]
    """The share of weaknesses, techniques and documents that are held out, with all records made of them."""
    max_train: Positive | None
    """At most so many training records, an even sample; null is all."""
    max_eval: Positive | None
    """At most so many held-out records; null is all."""
    against: list[PathText]
    """Files of your own evaluation, in any shape: the build fails if training repeats what they ask."""
    licence: str | None
    """The licence of your own files among the sources; null leaves it unstated."""
    skip_bad: bool
    """Count an item of your own files that is no record, and go on, where it would be refused."""
    keep_out: list[Annotated[str, Field(min_length=1)]] = Field(default_factory=list)
    """Exams, each NAME:PATH, whose entries are held out and whose items no training record may hold."""
    tasks: list[str] = Field(default_factory=list)
    """Tasks whose answers a program checks and whose records are added, by name; all is every one."""
    filters: Literal["composed", "all", "none"] = "composed"  # cells of 0.1.0 have no such key
    """Which records the filters of language, length and short answers apply to; none also keeps near-duplicates."""
    weights: dict[str, Positive] = Field(default_factory=dict)
    """How often records of a source are trained on, by its name or path, relative to the least (1 if not named)."""
    safety: Annotated[float, Field(ge=0, le=0.5)] | None = None
    """The least share of refusals and their look-alikes among training records; 0 is none of them, null as it comes."""


class InspectSettings(Section):
    """What a look at the data shows."""

    side: Literal["train", "eval"]
    """Which part of the data set is looked at."""
    records: Annotated[int, Field(ge=0)]
    """How many records are shown, drawn evenly by the seed; 0 shows the figures only."""
    ids: list[str]
    """Show these records instead."""
    task: str | None = None
    """Show cases of this task instead, with worked answers and their marks; null shows the data set."""
    tokens: bool
    """Mark where each token ends."""
    output: PathText | None
    """A file for the figures, as JSON."""
