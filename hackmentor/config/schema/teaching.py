"""Teacher models and their jobs."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from hackmentor.config.schema.endpoint import EndpointSettings
from hackmentor.config.schema.section import Name, Positive, Section


class TeacherSettings(EndpointSettings):
    """An endpoint that writes records, and the licence of what it writes."""

    name: Name
    """What the teacher is called."""
    licence: str
    """The licence of what it writes, which the data set's card repeats."""


class _TeacherJob(Section):
    """What all jobs of a teacher have."""

    count: Positive
    """How much is made: records (expand), texts (dialogues), role plays (consult), categories (brainstorm)."""
    max_tokens: Positive
    """The longest answer."""
    retry: Literal["none", "failed"]
    """Ask again what came to nothing in an earlier run."""
    dry_run: bool
    """Show the first questions and an estimate of the cost, and send nothing."""


class ExpandJob(_TeacherJob):
    """Seeds to new iio records."""

    name: Literal["expand"]
    """Which job it is."""
    each: Positive
    """Records a question."""
    rounds: Positive
    """From the second round on, questions also show a record of an earlier one."""
    categories: str | None
    """A file with one category a line; null takes those of the seeds."""


class DialoguesJob(_TeacherJob):
    """Texts to turn records."""

    name: Literal["dialogues"]
    """Which job it is."""
    sources: list[str] = Field(min_length=1)
    """Where the texts come from: names of catalogues, or paths of documents."""
    turns: Positive
    """Questions a dialogue."""


class ConsultJob(_TeacherJob):
    """Role plays to turn records."""

    name: Literal["consult"]
    """Which job it is."""
    leads: list[Literal["client", "consultant"]] = Field(min_length=1)
    """Who leads the talk, in turn."""
    turns: Positive
    """Exchanges a play, each two questions to the teacher."""
    categories: str | None
    """A file with one category a line; null takes those of the seeds."""


class BrainstormJob(_TeacherJob):
    """New categories."""

    name: Literal["brainstorm"]
    """Which job it is."""
    each: Positive
    """Categories a question."""
    categories: str | None
    """A file with those known, one a line; null takes those of the seeds."""


TeacherJob = ExpandJob | DialoguesJob | ConsultJob | BrainstormJob
