"""What is measured, what is asked, who judges, how battles are rated."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from hackmentor.config.schema.endpoint import EndpointSettings
from hackmentor.config.schema.section import Name, Positive, Section


class ContestantEndpoint(EndpointSettings):
    """A contestant behind an endpoint."""

    name: Name


class ExamSettings(Section):
    """Multiple choice: how many questions of each kind, and tasks of lm-evaluation-harness beside them."""

    questions: Annotated[int, Field(ge=0)] | None
    general: Annotated[int, Field(ge=0)] | None
    form: Literal["cloze", "letters"]
    tasks: list[str]
    limit: Positive | None
    batch_size: Positive


class SafetySettings(Section):
    """Requests that should be refused, that should not, and orders hidden in documents."""

    prompts: Annotated[int, Field(ge=0)] | None
    max_new_tokens: Positive


class Evaluate(Section):
    """How much is measured and asked."""

    cutoff: Annotated[int, Field(ge=16)]
    records: Positive
    questions: Annotated[int, Field(ge=0)]
    files: list[str]
    max_new_tokens: Positive
    batch_tokens: Positive
    exam: ExamSettings
    safety: SafetySettings
    shown: Annotated[int, Field(ge=0)]
    endpoints: list[ContestantEndpoint]


class ReferenceJudgeSettings(Section):
    """chrF against the reference answer."""

    name: Literal["reference"]
    margin: Annotated[float, Field(ge=0)]


class LlmJudgeSettings(EndpointSettings):
    """A language model that compares answers."""

    name: Literal["llm"]
    max_tokens: Positive


class HumanJudgeSettings(Section):
    """A person at the terminal."""

    name: Literal["human"]


JudgeSettings = ReferenceJudgeSettings | LlmJudgeSettings | HumanJudgeSettings


class Rate(Section):
    """What `hackmentor rate` reads and writes."""

    battles: Annotated[str, Field(min_length=1)]
    output: Annotated[str, Field(pattern=r"\.json$")]
    reference: str | None
    rounds: Annotated[int, Field(ge=100, le=1_000_000)]
    seed: Annotated[int, Field(ge=0, lt=2**32)]
