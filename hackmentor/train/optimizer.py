"""AdamW in several forms, and how its learning rate rises and falls."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import torch
from torch.optim.lr_scheduler import LambdaLR

OptimizerName = Literal["adamw", "adamw_8bit", "paged_adamw", "paged_adamw_8bit"]
Schedule = Literal["constant", "linear", "cosine"]


@dataclass(frozen=True)
class AdamWSettings:
    """AdamW (Loshchilov & Hutter 2019) with a warm-up and a schedule; `warmup_fraction` of all steps.

    `name` says how its moments are held; `lora_plus` is by what LoRA's second factor learns faster than the first.
    """

    lr: float
    weight_decay: float
    betas: tuple[float, float]
    eps: float
    warmup_fraction: float
    schedule: Schedule
    gradient_clip: float | None
    name: OptimizerName = "adamw"
    lora_plus: float | None = None


def build_optimizer(
    parameters: Iterable[tuple[str, torch.nn.Parameter]], settings: AdamWSettings, *, fused: bool
) -> torch.optim.Optimizer:
    """The optimizer over what is trainable of these named parameters; `fused` is one kernel for a whole step (CUDA)."""
    groups = build_parameter_groups(parameters, settings)
    common: dict[str, Any] = {"lr": settings.lr, "betas": settings.betas, "eps": settings.eps}
    if settings.name == "adamw":
        return torch.optim.AdamW(groups, **common, fused=fused or None)
    from bitsandbytes import optim  # half a second that plain AdamW does without

    kinds = {"adamw_8bit": optim.AdamW8bit, "paged_adamw": optim.PagedAdamW, "paged_adamw_8bit": optim.PagedAdamW8bit}
    made: torch.optim.Optimizer = kinds[settings.name](groups, **common)
    return made


def build_parameter_groups(
    parameters: Iterable[tuple[str, torch.nn.Parameter]], settings: AdamWSettings
) -> list[dict[str, Any]]:
    """Trainable parameters by learning rate and decay; one group where all have the same.

    Weight decay is of matrices: norms, biases and DoRA's magnitudes don't decay. LoRA+ (Hayou et al. 2024): the second
    factor, B, learns `lora_plus` times as fast as the first.
    """
    groups: dict[tuple[float, float], list[torch.nn.Parameter]] = {}
    for name, parameter in parameters:
        if parameter.requires_grad:
            decay = settings.weight_decay if parameter.dim() > 1 else 0.0
            faster = settings.lora_plus if settings.lora_plus and ".lora_B." in name else 1.0
            groups.setdefault((faster * settings.lr, decay), []).append(parameter)
    return [{"params": group, "lr": lr, "weight_decay": decay} for (lr, decay), group in groups.items()]


def build_schedule(optimizer: torch.optim.Optimizer, settings: AdamWSettings, steps: int) -> LambdaLR:
    """The learning rate of each step of a fit of so many."""
    warmup = round(settings.warmup_fraction * steps)
    factor = partial(compute_rate_factor, warmup=warmup, steps=steps, schedule=settings.schedule)
    return LambdaLR(optimizer, factor)


def compute_rate_factor(step: int, *, warmup: int, steps: int, schedule: Schedule) -> float:
    """By what the highest learning rate is multiplied in a step, counted from 0.

    It rises in `warmup` equal parts, of which the first step has one already, so that none is for nothing.
    """
    if step < warmup:
        return (step + 1) / (warmup + 1)
    progress = min(1.0, (step - warmup) / max(1, steps - warmup))
    return {"constant": 1.0, "linear": 1 - progress, "cosine": 0.5 * (1 + math.cos(math.pi * progress))}[schedule]
