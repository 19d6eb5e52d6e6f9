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

    What is not the language model of a multimodal base; and of `all-linear`
    - the last layer of a Mamba mixer, whose weight a fused kernel reads without asking the layer, so that an adapter
      would be passed by (PEFT refuses it);
    - what stands where other layers have experts in one tensor, those themselves and their routers included: see
      `choose_target_modules`;
    - other routers: layers that return more than a product (Llama 4's returns two tensors, which no adapter can be
      added to).
    """
    text = find_text_model(base)
    patterns = [] if text is None else [rf"(?!{re.escape(text)}\.).*"]
    if ALL_LINEAR in targets:
        mixers = {name.rpartition(".")[2] for name, module in base.named_modules() if _is_mamba_mixer(module)}
        patterns += [rf".*\.{name}\.out_proj" for name in sorted(mixers)]
        patterns += [rf".*\.{re.escape(name)}" for name in sorted(_find_routers(base))]
        patterns += [rf".*\.{re.escape(name)}\..*" for name in sorted(_find_expert_blocks(base))]
    return "|".join(patterns) or None


def list_adapted_layers(base: PreTrainedModel, target: str) -> set[str]:
    """The full names of the linear layers that get an adapter with one target."""
    chosen, excluded = choose_target_modules(base, [target]), build_exclusion_pattern(base, [target])
    head = base.get_output_embeddings()
    return {
        name
        for name, module in _list_text_modules(base)
        if isinstance(module, torch.nn.Linear | Conv1D)
        and module is not head
        and (chosen == ALL_LINEAR or any(f".{name}".endswith(f".{end}") for end in chosen))
        and not (excluded and re.fullmatch(excluded, name))
    }


def _is_mamba_mixer(module: torch.nn.Module) -> bool:
    """By the parameters of a selective state space (Gu & Dao 2023)."""
    return all(hasattr(module, name) for name in ("A_log", "D", "out_proj"))


def choose_target_modules(base: PreTrainedModel, targets: Sequence[str]) -> str | list[str]:
    """LoRA's targets as PEFT takes them.

    `all-linear` of a base whose experts are one tensor is by name the linear layers outside of them, which are those of
    attention: PEFT would put adapters on the tensor of all experts and on their router, without dropout.
    """
    if ALL_LINEAR not in targets:
        return list(targets)
    blocks = _find_expert_blocks(base)
    if not blocks:
        return ALL_LINEAR
    head = base.get_output_embeddings()
    outside = (
        name.rpartition(".")[2]
        for name, module in _list_text_modules(base)
        if isinstance(module, torch.nn.Linear) and module is not head and blocks.isdisjoint(name.split("."))
    )
    return list(dict.fromkeys(outside))


def _find_expert_blocks(base: PreTrainedModel) -> set[str]:
    """What the blocks of a base that have experts in one tensor are called in their layers, such as `mlp`."""
    return {
        name.rpartition(".")[2]
        for name, module in base.named_modules()
        if isinstance(experts := getattr(module, "experts", None), torch.nn.Module)
        and any(parameter.dim() == 3 for parameter in experts.parameters(recurse=False))
    }


def _find_routers(base: PreTrainedModel) -> set[str]:
    """The last two names of each layer that is linear by class and returns more than a product."""
    return {
        f"{name.rpartition('.')[2]}.{child_name}"
        for name, module in base.named_modules()
        for child_name, child in module.named_children()
        if isinstance(child, torch.nn.Linear) and not _is_product(child)
    }


def _is_product(linear: torch.nn.Linear) -> bool:
    """Whether a linear layer returns what one does: a tensor, to which the output of an adapter can be added."""
    kind = type(linear)
    if kind.forward is torch.nn.Linear.forward or kind.__module__.startswith("bitsandbytes"):
        return True
    with torch.no_grad():
        output = linear(torch.zeros(1, linear.in_features, dtype=linear.weight.dtype, device=linear.weight.device))
    return isinstance(output, torch.Tensor) and output.shape == (1, linear.out_features)


def _list_text_modules(base: PreTrainedModel) -> Iterator[tuple[str, torch.nn.Module]]:
    text = find_text_model(base)
    head = base.get_output_embeddings()
    for name, module in base.named_modules():
        if text is None or name.startswith(f"{text}.") or module is head:
            yield name, module


def find_text_model(base: PreTrainedModel) -> str | None:
    """The full name of a multimodal base's language model; None for a base that is one itself."""
    text_config = base.config.get_text_config()
    if text_config is base.config:
        return None
    for name, module in base.named_modules():
        if isinstance(module, PreTrainedModel) and module.config is text_config:
            return str(name)
    return None
