"""What a configuration may hold: the types and ranges of every key under conf/.

Hydra composes the YAML; these models check the result, so that a wrong key, type or range is found before torch is
imported. Rules that concern several keys at once are in `hackmentor.config.rules`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Shape = Literal["iio", "turn"]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
Positive = Annotated[int, Field(gt=0)]
Fraction = Annotated[float, Field(ge=0, lt=1)]


class Section(BaseModel):
    """A part of the configuration: immutable, and closed to keys that no one reads."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Package(Section):
    """Weights that travel as one GGUF file inside a Python package."""

    name: str
    version: str
    file: str
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class Geometry(Section):
    """The published sizes of a base, in features: `hackmentor plan` counts with them where config.json is missing."""

    layers: Positive
    hidden: Positive
    intermediate: Positive
    heads: Positive
    kv_heads: Positive
    head_dim: Positive
    vocab: Positive
    tied: bool
    head_norms: bool = False


class Checkpoint(Section):
    """Where the weights of one base at one size come from."""

    hub_id: str
    revision: str
    package: Package | None = None
    geometry: Geometry | None = None


class Base(Section):
    """A model family: its checkpoints by size, its template by data shape, and what LoRA adapts."""

    name: Name
    licence: str
    templates: dict[Shape, str]
    system_prompt: str | None
    lora_targets: list[str] = Field(min_length=1)
    path: str | None
    trust_remote_code: bool
    checkpoints: dict[str, Checkpoint] = Field(min_length=1)


class Size(Section):
    """A size of a family, and what follows from it."""

    name: Name
    micro_batch_tokens: Positive
    # By name of the base: so that a new size of known bases is one new file.
    checkpoints: dict[str, Checkpoint] = Field(default_factory=dict)


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


class Quant(Section):
    """How the frozen weights of the base are held in memory."""

    name: Literal["int8", "nf4", "none"]


class Optimizer(Section):
    """AdamW and its schedule."""

    name: Literal["adamw"]
    lr: Annotated[float, Field(gt=0)]
    weight_decay: Annotated[float, Field(ge=0)]
    betas: tuple[Fraction, Fraction]
    eps: Annotated[float, Field(gt=0)]
    warmup_fraction: Fraction
    schedule: Literal["constant", "linear", "cosine"]
    gradient_clip: Annotated[float, Field(gt=0)] | None


class TrainerSettings(Section):
    """The part of Lightning's Trainer that an experiment decides, with Lightning's names and meanings."""

    accelerator: Literal["auto", "cpu", "gpu"]
    devices: int | list[int] | Literal["auto"]
    num_nodes: Positive
    strategy: Literal["auto", "ddp"]
    precision: Literal["auto", "32-true", "16-mixed", "bf16-mixed", "bf16-true"]
    max_epochs: Positive
    max_steps: Annotated[int, Field(ge=-1)]


class WandbTracker(Section):
    """Weights & Biases."""

    name: Literal["wandb"]
    mode: Literal["offline", "online"]
    project: Name
    entity: str | None


class NoTracker(Section):
    """Nothing beside the files of the cell."""

    name: Literal["none"]


class Paths(Section):
    """Folders, relative to the working directory."""

    outputs: str
    models: str
    data: str


class Train(Section):
    """How records become steps."""

    batch_size: Positive
    micro_batch_tokens: Positive
    cutoff: Annotated[int, Field(ge=16)]
    overlength: Literal["drop", "truncate", "split", "error"]
    max_records: Positive | None
    validations: Positive
    validation_records: Positive
    checkpoint_minutes: Annotated[float, Field(gt=0)]
    checkpoint_steps: Positive | None
    keep_checkpoints: Positive
    keep: Literal["last", "best"]


class EndpointSettings(Section):
    """An OpenAI-compatible endpoint (see `hackmentor.endpoint.settings`). The key comes from the environment only."""

    base_url: Annotated[str, Field(pattern=r"^https?://[^@\s]+$")]
    model: Annotated[str, Field(min_length=1)]
    key_variable: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] | None = None
    temperature: Annotated[float, Field(ge=0)] | None = None
    structured: Literal["json_schema", "json_object", "prompt"] = "json_schema"
    length_key: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    context_tokens: Positive = 8192
    requests_per_minute: Positive | None = None
    tokens_per_minute: Positive | None = None
    concurrency: Positive = 4
    timeout_seconds: Annotated[float, Field(gt=0)] = 120.0
    retries: Annotated[int, Field(ge=0)] = 4
    input_price: Annotated[float, Field(ge=0)] | None = None
    output_price: Annotated[float, Field(ge=0)] | None = None


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


class Inspect(Section):
    """What a look at the data shows."""

    side: Literal["train", "eval"]
    records: Annotated[int, Field(ge=0)]
    ids: list[str]
    tokens: bool
    output: str | None


class Config(Section):
    """One cell of a grid, whole. What only one command needs is None in the others."""

    name: Name
    experiment: Name
    seed: Annotated[int, Field(ge=0, lt=2**32)]
    base: Base
    size: Size
    method: Annotated[Lora | Full, Field(discriminator="name")]
    data: Data
    quant: Quant
    optimizer: Optimizer
    trainer: TrainerSettings
    tracker: Annotated[WandbTracker | NoTracker, Field(discriminator="name")]
    paths: Paths
    train: Train
    evaluate: Evaluate
    judge: Annotated[JudgeSettings, Field(discriminator="name")] | None = None
    teacher: Teacher | None = None
    job: Annotated[TeacherJob, Field(discriminator="name")] | None = None
    inspect: Inspect
    plan: Plan | None = None

    @property
    def untuned(self) -> str:
        """The name of this cell's base without any tuning, as in the published tables: `llama-13b`."""
        return f"{self.base.name}-{self.size.name}"

    @property
    def checkpoint(self) -> Checkpoint:
        """Where the weights of this cell's base come from: its base names them by size, or its size by base."""
        return self.base.checkpoints.get(self.size.name) or self.size.checkpoints[self.base.name]


class Rate(Section):
    """What `hackmentor rate` reads and writes."""

    battles: Annotated[str, Field(min_length=1)]
    output: Annotated[str, Field(pattern=r"\.json$")]
    reference: str | None
    rounds: Annotated[int, Field(ge=100, le=1_000_000)]
    seed: Annotated[int, Field(ge=0, lt=2**32)]


class Plan(Section):
    """What `hackmentor plan` plans for."""

    device: Name
    sample: Positive | None
    output: Annotated[str, Field(pattern=r"\.json$")] | None
