"""How a cell leaves the house."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from hackmentor.config.schema.section import Name, Positive, Section

GgufType = Literal["f32", "f16", "bf16", "q8_0"]
MergedType = Literal["fp32", "bf16", "fp16"]


class AdapterFormat(Section):
    """The adapter as it is."""

    name: Literal["adapter"]


class MergedFormat(Section):
    """Safetensors of the whole model."""

    name: Literal["merged"]
    dtype: MergedType


class GgufFormat(Section):
    """One file for llama.cpp."""

    name: Literal["gguf"]
    dtype: GgufType


class OllamaFormat(Section):
    """A GGUF file and a Modelfile, with how Ollama samples."""

    name: Literal["ollama"]
    dtype: GgufType
    context: Positive
    max_new_tokens: Positive
    temperature: Annotated[float, Field(ge=0)]
    top_k: Positive
    repetition_penalty: Annotated[float, Field(gt=0)]


Format = AdapterFormat | MergedFormat | GgufFormat | OllamaFormat


class ExportSettings(Section):
    """Where an export goes, and how it is compared."""

    folder: str | None
    push: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]+/[A-Za-z0-9._-]+$")] | None
    private: bool
    as_trained: bool
    answer_tokens: Positive
    questions: Annotated[list[str], Field(min_length=1)]


class ExportPaths(Section):
    """Folders; null is where the cell's own configuration has it."""

    outputs: str
    models: str | None
    data: str | None


class Export(Section):
    """What `hackmentor export` does."""

    cell: Name
    within: Name | None
    format: Annotated[Format, Field(discriminator="name")]
    export: ExportSettings
    paths: ExportPaths
