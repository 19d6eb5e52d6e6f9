"""Training methods, and the quantisation of frozen weights."""

from __future__ import annotations

from typing import Literal

from hackmentor.config.schema.section import Fraction, Positive, Section, Targets


class LoraSettings(Section):
    """Low-rank adapters on a frozen base. The name says which option it is; what it does, the keys say."""

    name: Literal["lora", "rslora", "dora", "pissa"]
    """The third part of a cell's name."""
    rank: Positive
    """The inner width of an adapter."""
    alpha: Positive
    """The adapter's output is scaled by alpha / rank."""
    dropout: Fraction
    """The share of an adapter's inputs that are dropped in training."""
    targets: Targets
    """The layers that adapters are put on, by the ends of their names (`self_attn.q_proj`), or `all-linear`."""
    rslora: bool
    """Scale by alpha / sqrt(rank), which lets high ranks learn (Kalajdzievski 2023)."""
    dora: bool
    """Train direction and size of the weights apart (Liu et al. 2024); needs quant=none or nf4."""
    init: Literal["default", "pissa", "pissa_niter_16"]
    """Begin at no change, or with principal components (PiSSA, Meng et al. 2024; quant=none), exact or nearly."""


class FullSettings(Section):
    """Every weight is trained."""

    name: Literal["full"]
    """The third part of a cell's name."""
    dropout: Fraction
    """Always 0: dropout is of adapters; the key lets a grid set it for all of its methods."""


class QuantSettings(Section):
    """How the frozen weights of the base are held in memory."""

    name: Literal["int8", "nf4", "none"]
    """8-bit integers, 4-bit NormalFloat (both by bitsandbytes), or the trainer's precision."""
    keep: bool
    """Keep the quantised weights in models/quantised/, for the cells after this one; no base under 100 MB is kept."""
