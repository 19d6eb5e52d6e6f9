"""Base models: families, sizes, where their weights come from."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from hackmentor.config.schema.section import Name, Positive, Section, Shape


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
