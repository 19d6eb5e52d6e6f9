"""Teachers and their jobs."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from hackmentor.config.schema.endpoint import EndpointSettings
from hackmentor.config.schema.section import Name, Positive, Section


class Teacher(EndpointSettings):
    """An endpoint that writes records, and the licence of what it writes."""

    name: Name
    licence: str


class _TeacherJob(Section):
    """What all jobs of a teacher have."""

    count: Positive
    max_tokens: Positive
    retry: Literal["none", "failed"]
    dry_run: bool


class ExpandJob(_TeacherJob):
    """Seeds to new iio records."""

    name: Literal["expand"]
    each: Positive
    rounds: Positive
    categories: str | None


class DialoguesJob(_TeacherJob):
    """Texts to turn records."""

    name: Literal["dialogues"]
    sources: list[str] = Field(min_length=1)
    turns: Positive


class ConsultJob(_TeacherJob):
    """Role plays to turn records."""

    name: Literal["consult"]
    leads: list[Literal["client", "consultant"]] = Field(min_length=1)
    turns: Positive
    categories: str | None


class BrainstormJob(_TeacherJob):
    """New categories."""

    name: Literal["brainstorm"]
    each: Positive
    categories: str | None


TeacherJob = ExpandJob | DialoguesJob | ConsultJob | BrainstormJob
