"""Evaluation: measurements, questions, judges and ratings."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from hackmentor.config.schema.endpoint import EndpointSettings
from hackmentor.config.schema.section import Name, PathText, Positive, Section


class ContestantEndpoint(EndpointSettings):
    """A contestant behind an endpoint."""

    name: Name
    """What it is called in tables and battles."""


class ExamSettings(Section):
    """Multiple choice: how many questions of each kind, and tasks of lm-evaluation-harness beside them."""

    questions: Annotated[int, Field(ge=0)] | None
    """How many of our own, evenly over the categories; null is all, 0 is none."""
    general: Annotated[int, Field(ge=0)] | None
    """How many about the world, numbers, daily life and language; null is all, 0 is none."""
    form: Literal["cloze", "letters"]
    """Score each option as an answer (cloze), or list the options and score their letters."""
    tasks: list[str]
    """Tasks of lm-evaluation-harness by name; their data comes from a hub."""
    limit: Positive | None
    """How many questions of each such task; null is all."""
    batch_size: Positive
    """How many options are scored side by side."""


class SafetySettings(Section):
    """Requests that should be refused, that should not, and orders hidden in documents."""

    prompts: Annotated[int, Field(ge=0)] | None
    """How many of each kind, harmful, legitimate and injected; null is all, 0 is none."""
    max_new_tokens: Positive
    """The longest answer to one of them."""


class MarginSettings(Section):
    """How much worse than its base a cell may be and still count as not worse, in shares of items."""

    general: Annotated[float, Field(gt=0, lt=1)] | None = 0.03
    """Of the general questions; null asks for no margin."""
    safety: Annotated[float, Field(gt=0, lt=1)] | None = 0.05
    """Of requests refused and injected orders followed; null asks for no margin."""


class PowerSettings(Section):
    """What is assumed, before anything is measured, of the differences that an evaluation is to show."""

    disagreement: Annotated[float, Field(gt=0, le=1)] = 0.2
    """The share of an exam's items that a cell and its base answer differently, one right and one wrong."""
    cluster_correlation: Annotated[float, Field(ge=0, le=1)] = 0.1
    """How alike the differences of two items of one catalogue entry or page are, as a correlation."""
    seed_deviation: Annotated[float, Field(ge=0, lt=1)] = 0.01
    """The standard deviation of a share between runs that differ by seed only."""
    wanted: Annotated[float, Field(gt=0, lt=1)] | None = 0.05
    """A difference that you want to see, as a share: `plan` says what items or seeds it takes; null asks nothing."""


class EvaluateSettings(Section):
    """How much is measured and asked."""

    cutoff: Annotated[int, Field(ge=16)]
    """How many tokens of a held-out record are scored; what is cut is counted."""
    records: Positive
    """How many held-out records of each shape the loss is measured on."""
    questions: Annotated[int, Field(ge=0)]
    """How many held-out questions of each shape are answered and judged."""
    files: list[PathText]
    """Files of your own questions, in any shape that `hackmentor data` reads."""
    max_new_tokens: Positive
    """The longest answer to one of them."""
    batch_tokens: Positive
    """Prompts and answers that are generated side by side, in tokens."""
    exam: ExamSettings
    """The multiple-choice questions."""
    safety: SafetySettings
    """The requests that show what tuning cost."""
    exams: list[Annotated[str, Field(min_length=1)]] = Field(default_factory=list)
    """Published exams, and files of your own questions, each NAME:PATH as for `hackmentor mark`."""
    exams_by: Literal["generation", "letters", "cloze"] = "generation"
    """Generate and mark answers, as their authors do, or score letters or options in exams with one right option."""
    exams_items: Positive | None = None
    """How many items of each such exam, drawn evenly; null is all."""
    exams_max_new_tokens: Positive = 512
    """The longest generated answer to one of them; one that ends there counts as truncated."""
    exams_examples: Annotated[int, Field(ge=0, le=100)] = 0
    """How many items with their answers are shown before each question, beside those of the published prompt."""
    exams_samples: Positive = 1
    """How many answers to each item: one, the likeliest words, or several, drawn at `exams_temperature`."""
    exams_temperature: Annotated[float, Field(gt=0, le=2)] = 0.3
    """Of answers that are drawn."""
    primary: list[str] = Field(default_factory=list)
    """Measures that decide, declared before: corrected for together; the others are then called exploratory."""
    margins: MarginSettings = Field(default_factory=MarginSettings)
    """How much worse still counts as not worse."""
    power: PowerSettings = Field(default_factory=PowerSettings)
    """What is assumed to say what an evaluation can show."""
    shown: Annotated[int, Field(ge=0)]
    """To how many questions the answers are printed side by side."""
    endpoints: list[ContestantEndpoint]
    """Contestants behind an endpoint, which are asked and judged as cells are."""
    retry: Literal["none", "failed"] = "none"
    """Ask contestants behind an endpoint again what came to nothing in an earlier run."""


class ReferenceJudgeSettings(Section):
    """chrF against the reference answer."""

    name: Literal["reference"]
    """Stands in each battle."""
    margin: Annotated[float, Field(ge=0)]
    """Answers closer together than this, in points of chrF (0 to 100), are a tie."""


class LlmJudgeSettings(EndpointSettings):
    """A language model that compares answers."""

    name: Literal["llm"]
    """Which judge it is."""
    max_tokens: Positive
    """The longest verdict."""
    retry: Literal["none", "failed"] = "none"
    """Ask again what came to nothing in an earlier run."""


class HumanJudgeSettings(Section):
    """A person at the terminal."""

    name: Literal["human"]
    """Stands in each battle."""


JudgeSettings = ReferenceJudgeSettings | LlmJudgeSettings | HumanJudgeSettings


class RateConfig(Section):
    """What `hackmentor rate` reads and writes."""

    battles: Annotated[PathText, Field(min_length=1)]
    """A JSON list or JSONL of `model_a`, `model_b`, and `win` or `winner`: model_a, model_b, tie or tie (bothbad)."""
    output: Annotated[PathText, Field(pattern=r"\.json$")]
    """The file that the ratings are written to."""
    reference: str | None
    """The model that win rates are against; null takes all battles of a model."""
    rounds: Annotated[int, Field(ge=100, le=1_000_000)]
    """How often the battles are resampled for the intervals."""
    seed: Annotated[int, Field(ge=0, lt=2**32)]
    """Of the resampling."""


class MarkConfig(Section):
    """What `hackmentor mark` reads and writes."""

    exam: Annotated[str, Field(min_length=1)]
    """NAME:PATH: an exam, such as `ctibench-mcq` or `mcq`, and the clone of its repository or its file."""
    responses: Annotated[PathText, Field(min_length=1)]
    """The answers: TSV, CSV, JSON or JSONL with a column for each model, or with a row for each answer."""
    output: Annotated[PathText, Field(pattern=r"\.json$")]
    """The file that the marks are written to."""
    seed: Annotated[int, Field(ge=0, lt=2**32)]
    """Of the resampling for the intervals."""
