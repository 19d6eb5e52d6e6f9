"""How training goes: records, steps, optimizer, Lightning's Trainer."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from hackmentor.config.schema.section import Fraction, Positive, Section


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
