"""Settings of training: records and steps, the optimizer, Lightning's Trainer."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from hackmentor.config.schema.section import Fraction, Positive, Section


class TrainSettings(Section):
    """How records become steps."""

    batch_size: Positive
    """Records an optimizer step, over all devices."""
    micro_batch_tokens: Positive
    """Tokens that go through the model at once on each device: less of it takes less memory."""
    recompute: Literal["auto", "none", "layers"] = "auto"  # cells of 0.1.0 have no such key
    """Compute layers again in the backward pass, for less memory: where a cell does not fit else, never or always."""
    cutoff: Annotated[int, Field(ge=16)]
    """The longest record, in tokens."""
    overlength: Literal["drop", "truncate", "split", "error"]
    """What becomes of a record over the cutoff: it is dropped, cut, split between exchanges, or refused."""
    thoughts: Literal["train", "context", "drop", "text"] = "train"  # cells of 0.1.0 have no such key
    """What becomes of thoughts (reasoning_content, <think>): trained on, given, left out, or text in the answer."""
    tool_calls: Literal["train", "context", "drop"] = "train"
    """What becomes of calls of tools: trained on, given and not trained on, or the whole record is left out."""
    max_records: Positive | None
    """Train on an even sample of so many records; null is all."""
    validations: Positive
    """How often in a run the held-out loss is measured."""
    validation_records: Positive
    """Over how many held-out records."""
    checkpoint_minutes: Annotated[float, Field(gt=0)]
    """How often a checkpoint is written: what a killed run loses at most."""
    checkpoint_steps: Positive | None
    """And after every so many optimizer steps; null goes by time alone."""
    keep_checkpoints: Positive
    """How many of the last ones stay, beside the best by held-out loss."""
    keep: Literal["last", "best"]
    """Which weights become the adapter: the last, or the best by held-out loss (which flatters it on those records)."""


class OptimizerSettings(Section):
    """AdamW and its schedule."""

    name: Literal["adamw", "adamw_8bit", "paged_adamw", "paged_adamw_8bit"]
    """AdamW with moments in 32 or 8 bit; paged ones move to host memory where the GPU's is short (bitsandbytes)."""
    lr: Annotated[float, Field(gt=0)]
    """The highest learning rate."""
    weight_decay: Annotated[float, Field(ge=0)]
    """How fast weights shrink (decoupled: Loshchilov and Hutter 2019)."""
    betas: tuple[Fraction, Fraction]
    """The decay of the two running means."""
    eps: Annotated[float, Field(gt=0)]
    """Keeps the division from exploding."""
    warmup_fraction: Fraction
    """The share of all steps over which the learning rate rises."""
    schedule: Literal["constant", "linear", "cosine"]
    """How the learning rate falls after that."""
    gradient_clip: Annotated[float, Field(gt=0)] | None
    """The largest norm of a step's gradient; null does not clip."""
    lora_plus: Annotated[float, Field(ge=1)] | None = None  # cells of 0.1.0 have no such key
    """By what an adapter's second factor learns faster than its first (LoRA+, Hayou et al. 2024: 16); null is 1."""


class TrainerSettings(Section):
    """The part of Lightning's Trainer that an experiment decides, with Lightning's names and meanings."""

    accelerator: Literal["auto", "cpu", "gpu"]
    """The kind of device."""
    devices: int | list[int] | Literal["auto"]
    """How many, which ones, or all there are (-1)."""
    num_nodes: Positive
    """How many machines."""
    strategy: Literal["auto", "ddp", "fsdp"]
    """How several devices share a cell: each with the whole model (ddp), or each with a part of every weight (fsdp)."""
    precision: Literal["auto", "32-true", "16-mixed", "bf16-mixed", "bf16-true"]
    """Number format of the computation; auto is bf16 where the device computes it fast; bf16-true is of 0.1.0 alone."""
    max_epochs: Positive
    """How often every record is seen."""
    max_steps: Annotated[int, Field(ge=-1)]
    """Stop after so many optimizer steps; -1 is no limit."""
