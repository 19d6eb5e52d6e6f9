"""Export formats, and where an export goes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from hackmentor.config.schema.section import PathText, Positive, Section

GgufType = Literal["f32", "f16", "bf16", "q8_0"]
MergedType = Literal["fp32", "bf16", "fp16"]


class AdapterFormat(Section):
    """The adapter as it is."""

    name: Literal["adapter"]
    """The name of the export's folder."""


class MergedFormat(Section):
    """Safetensors of the whole model."""

    name: Literal["merged"]
    """The first part of the name of the export's folder."""
    dtype: MergedType
    """The precision that the weights are written in; they are merged in 32 bit."""


class GgufFormat(Section):
    """One file for llama.cpp."""

    name: Literal["gguf"]
    """The first part of the name of the export's folder."""
    dtype: GgufType
    """The type of matrices; vectors are written in 32 bit."""


class OllamaFormat(Section):
    """A GGUF file and a Modelfile, with how Ollama samples."""

    name: Literal["ollama"]
    """The first part of the name of the export's folder."""
    dtype: GgufType
    """The type of matrices in the GGUF file."""
    context: Positive
    """How many tokens of a conversation Ollama keeps in view; no more than the base has."""
    max_new_tokens: Positive
    """How many tokens an answer may have."""
    temperature: Annotated[float, Field(ge=0)]
    """How evenly the next token is drawn; 0 takes the likeliest."""
    top_k: Positive
    """From how many of the likeliest tokens the next one is drawn."""
    repetition_penalty: Annotated[float, Field(gt=0)]
    """What the likelihood of a token that has been said is divided by; 1 for none."""


Format = AdapterFormat | MergedFormat | GgufFormat | OllamaFormat


class ExportSettings(Section):
    """Where an export goes, and how it is compared."""

    folder: PathText | None
    """Where the export goes; null for export/ in the folder of the cell."""
    push: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]+/[A-Za-z0-9._-]+$")] | None
    """A repository on the hub, ORGANISATION/NAME, that gets the export too; needs HF_TOKEN."""
    private: bool
    """Whether that repository, if it is new, is private."""
    trust_remote_code: bool
    """Whether Python code that comes with the base of the cell may be run; the cell itself can't say so."""
    as_trained: bool
    """Also compare with the cell on its base quantised as in training, as it was evaluated."""
    answer_tokens: Positive
    """How many tokens of each answer are compared."""
    questions: Annotated[list[str], Field(min_length=1)]
    """What cell and export are both asked."""


class ExportPaths(Section):
    """Folders; null is where the cell's own configuration has it."""

    outputs: PathText
    """Where the cell is looked for."""
    models: PathText | None
    """Where its base lies below pretrained/."""
    data: PathText | None
    """Where the card of its data set lies."""


class ExportConfig(Section):
    """What `hackmentor export` does."""

    cell: Annotated[str, Field(min_length=1)]
    """The name of a finished cell: CELL, or EXPERIMENT/CELL where several experiments have one of that name."""
    format: Annotated[Format, Field(discriminator="name")]
    """What is made of it."""
    export: ExportSettings
    """Where to, and how it is compared."""
    paths: ExportPaths
    """Where cell, base and data lie."""
