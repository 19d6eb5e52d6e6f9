"""One cell of a grid, whole."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from hackmentor.config.schema.base import Base, Checkpoint, Size
from hackmentor.config.schema.data import Data, Inspect
from hackmentor.config.schema.evaluation import Evaluate, JudgeSettings
from hackmentor.config.schema.method import Full, Lora, Quant
from hackmentor.config.schema.planning import Plan
from hackmentor.config.schema.section import Name, Section
from hackmentor.config.schema.teaching import Teacher, TeacherJob
from hackmentor.config.schema.tracking import NoTracker, WandbTracker
from hackmentor.config.schema.training import Optimizer, Train, TrainerSettings


class Paths(Section):
    """Folders, relative to the working directory."""

    outputs: str
    models: str
    data: str


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
