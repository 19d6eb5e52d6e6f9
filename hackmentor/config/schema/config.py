"""The complete configuration of one cell of a grid."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from hackmentor.config.schema.base import BaseCheckpoint, BaseFamilySettings, SizeSettings
from hackmentor.config.schema.data import DataSettings, InspectSettings
from hackmentor.config.schema.evaluation import EvaluateSettings, JudgeSettings
from hackmentor.config.schema.fetching import FetchSettings
from hackmentor.config.schema.grid import GridSettings
from hackmentor.config.schema.method import FullSettings, LoraSettings, QuantSettings
from hackmentor.config.schema.planning import PlanSettings
from hackmentor.config.schema.reviewing import ReviewSettings
from hackmentor.config.schema.section import Name, PathText, Section
from hackmentor.config.schema.teaching import TeacherJob, TeacherSettings
from hackmentor.config.schema.tracking import Tracker
from hackmentor.config.schema.training import OptimizerSettings, TrainerSettings, TrainSettings


class PathSettings(Section):
    """Where things are."""

    outputs: PathText
    """Where experiments go: `outputs/{experiment}/{cell}/`."""
    models: PathText
    """Where bases are looked for and put: `models/pretrained/{base}-{size}/`."""
    data: PathText
    """Where data sets are: `data/{name}/`."""
    templates: str | None = None
    """Chat templates of the user's, before those that we ship: `NAME.jinja`; by default templates/ in --config-dir."""


class Config(Section):
    """One cell of a grid, whole. What only one command needs is None in the others."""

    name: Name
    """The name of the cell, and of the folder that holds all it produces."""
    experiment: Name
    """The name of the grid that the cell belongs to."""
    seed: Annotated[int, Field(ge=0, lt=2**32)]
    """Of training: the order of records, the adapter's first weights, dropout; `seed=0,1,2` makes runs of one cell."""
    data_seed: Annotated[int, Field(ge=0, lt=2**32)] | None = None
    """Of the split, of what is composed, of samples, questions and resamples; null is that of training (0.1.0)."""
    model: str | None = None
    """Any causal language model in place of base= and size=: ORG/NAME of the hub, ORG/NAME@REVISION, or a folder."""
    base: BaseFamilySettings
    """The family of the model."""
    size: SizeSettings
    """How large it is."""
    method: Annotated[LoraSettings | FullSettings, Field(discriminator="name")]
    """What is trained."""
    data: DataSettings
    """What it is trained on."""
    quant: QuantSettings
    """How the frozen weights are held."""
    optimizer: OptimizerSettings
    """How weights are moved."""
    trainer: TrainerSettings
    """On what devices, how precisely, how long."""
    tracker: Tracker
    """Who keeps the history beside metrics.csv."""
    paths: PathSettings
    """Folders, relative to the working directory."""
    grid: GridSettings
    """How the cells of a grid are run."""
    train: TrainSettings
    """How records become steps."""
    evaluate: EvaluateSettings
    """What is measured and asked."""
    judge: Annotated[JudgeSettings, Field(discriminator="name")] | None = None
    """Who says which of two answers is better."""
    teacher: TeacherSettings | None = None
    """The model that writes records."""
    job: Annotated[TeacherJob, Field(discriminator="name")] | None = None
    """What the teacher writes."""
    inspect: InspectSettings
    """What `hackmentor data inspect` shows."""
    fetch: FetchSettings | None = None
    """What `hackmentor fetch` leaves beside the weights."""
    plan: PlanSettings | None = None
    """What `hackmentor plan` plans for."""
    review: ReviewSettings | None = None
    """What `hackmentor review` shows, and for how long."""

    @property
    def sampling_seed(self) -> int:
        """The seed of all that is drawn apart from training."""
        return self.seed if self.data_seed is None else self.data_seed

    @property
    def untuned(self) -> str:
        """The name of this cell's untuned base, as in the published tables: `llama-13b`."""
        return f"{self.base.name}-{self.size.name}"

    @property
    def checkpoint(self) -> BaseCheckpoint:
        """Where the weights of this cell's base come from: its base names them by size, or its size by base."""
        return self.base.checkpoints.get(self.size.name) or self.size.checkpoints[self.base.name]
