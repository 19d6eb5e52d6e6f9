"""A base model without its weights: for a process of several, which gets its shard of them from the first one."""

from __future__ import annotations

from pathlib import Path

import torch
from accelerate import init_empty_weights
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedModel


def load_empty_base(folder: Path, *, dtype: torch.dtype, trust_remote_code: bool = False) -> PreTrainedModel:
    """The model that `load_base` makes of an unquantised folder, on the processor, with frozen weights of any value.

    Nothing is read but its configuration, and memory that is never written to is not taken: each process of a machine
    can have the whole of a large base so.
    """
    config = AutoConfig.from_pretrained(folder, trust_remote_code=trust_remote_code)
    make = {"dtype": dtype, "trust_remote_code": trust_remote_code}
    with init_empty_weights(include_buffers=False):
        try:
            model: PreTrainedModel = AutoModelForCausalLM.from_config(config, attn_implementation="sdpa", **make)
        except ValueError:  # as `load_base`: a family without sdpa
            model = AutoModelForCausalLM.from_config(config, attn_implementation="eager", **make)
    model.tie_weights()  # a weight without memory has been made anew under each of its names
    _allocate_parameters(model)
    return model.requires_grad_(False).eval()


def _allocate_parameters(model: torch.nn.Module) -> None:
    """Gives each parameter memory that is not written to; one that has two names keeps them."""
    allocated: dict[torch.nn.Parameter, torch.nn.Parameter] = {}
    for module in model.modules():
        for name, parameter in module._parameters.items():
            if parameter is not None:
                if parameter not in allocated:
                    allocated[parameter] = torch.nn.Parameter(torch.empty_like(parameter, device="cpu"))
                module._parameters[name] = allocated[parameter]
