"""Which layers of a base LoRA is put on: the names that a user gives, held against the layers that exist."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import torch
from transformers import PreTrainedModel
from transformers.pytorch_utils import Conv1D

from hackmentor.model.geometry import ALL_LINEAR
from hackmentor.runtime.errors import UserError


def check_targets(base: PreTrainedModel, targets: Sequence[str]) -> None:
    """Raises UserError, with the linear layers that exist, if a target is no layer of the base's language model."""
    names = [name for name, module in _list_text_modules(base) if not any(module.children())]
    unknown = [
        target
        for target in targets
        if target != ALL_LINEAR and not any(f".{name}".endswith(f".{target}") for name in names)
    ]
    if unknown:
        raise UserError(
            f"method.targets={unknown}: the base has no such layer; its linear layers are "
            f"{', '.join(list_linear_names(base))}, or use {ALL_LINEAR}"
        )


def list_linear_names(base: PreTrainedModel) -> list[str]:
    """The last names of the linear layers of a base's language model, each once, in the order of the model."""
    linears = (name for name, module in _list_text_modules(base) if isinstance(module, torch.nn.Linear | Conv1D))
    return list(dict.fromkeys(name.rpartition(".")[2] for name in linears))


def build_exclusion_pattern(base: PreTrainedModel, targets: Sequence[str]) -> str | None:
    """A regular expression for the full names of layers that a target's name fits and that get no adapter, or None.

    What is not the language model of a multimodal base; and of `all-linear` the last layer of a Mamba mixer, whose
    weight a fused kernel reads without asking the layer, so that an adapter would be passed by (PEFT refuses it).
    """
    text = _find_text_model(base)
    patterns = [] if text is None else [rf"(?!{re.escape(text)}\.).*"]
    if ALL_LINEAR in targets:
        mixers = {name.rpartition(".")[2] for name, module in base.named_modules() if _is_mamba_mixer(module)}
        patterns += [rf".*\.{name}\.out_proj" for name in sorted(mixers)]
    return "|".join(patterns) or None


def _is_mamba_mixer(module: torch.nn.Module) -> bool:
    """By the parameters of a selective state space (Gu & Dao 2023)."""
    return all(hasattr(module, name) for name in ("A_log", "D", "out_proj"))


def _list_text_modules(base: PreTrainedModel) -> Iterator[tuple[str, torch.nn.Module]]:
    text = _find_text_model(base)
    head = base.get_output_embeddings()
    for name, module in base.named_modules():
        if text is None or name.startswith(f"{text}.") or module is head:
            yield name, module


def _find_text_model(base: PreTrainedModel) -> str | None:
    """The full name of a multimodal base's language model; None for a base that is one itself."""
    text_config = base.config.get_text_config()
    if text_config is base.config:
        return None
    for name, module in base.named_modules():
        if isinstance(module, PreTrainedModel) and module.config is text_config:
            return str(name)
    return None
