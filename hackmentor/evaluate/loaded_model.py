"""A contestant with its weights loaded: a base is loaded once, and its adapters are applied to it in turn."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import torch
from peft import PeftModel
from transformers import PreTrainedModel

from hackmentor.cell.folder import get_cell_folder
from hackmentor.config.schema import Config, LoraSettings, Shape
from hackmentor.evaluate.contestants import Contestant
from hackmentor.model.adapter import load_adapter
from hackmentor.model.base import (
    find_base_folder,
    get_quantised_folder,
    get_role_policy,
    load_base_template,
    load_saved_template,
)
from hackmentor.model.device import get_inference_dtype
from hackmentor.model.identity import identify_base
from hackmentor.model.load import load_base
from hackmentor.prompts.chat_template import ChatTemplate
from hackmentor.runtime.errors import UserError


@dataclass(frozen=True)
class LoadedModel:
    """A contestant that can be run: its model and its chat templates."""

    contestant: Contestant
    model: PeftModel | PreTrainedModel

    @property
    def micro_batch_tokens(self) -> int:
        """How many tokens of held-out records go through the model at once."""
        return self.contestant.config.size.micro_batch_tokens

    def get_template(self, shape: Shape) -> ChatTemplate:
        """The template that a cell was trained with; for a base, the one of its family for this shape."""
        return _find_template(self.contestant, shape)


def load_cell_base(config: Config) -> PreTrainedModel:
    """Loads the base of a cell, quantised as the cell has it, on the device that is there."""
    accelerator = config.trainer.accelerator
    device = torch.device("cuda" if accelerator != "cpu" and torch.cuda.is_available() else "cpu")
    return load_base(
        find_base_folder(config),
        quant=config.quant.name,
        dtype=get_inference_dtype(config.trainer.precision, accelerator),
        device=device,
        trust_remote_code=config.base.trust_remote_code,
        keep=get_quantised_folder(config),
    )


@contextmanager
def adapter_applied(base: PreTrainedModel, contestant: Contestant) -> Iterator[LoadedModel]:
    """Applies the contestant's adapter to its base and removes it afterwards; full fine-tuning has its own model."""
    adapter = get_cell_folder(contestant.config).adapter
    if not contestant.tuned:
        yield LoadedModel(contestant, base)
    elif isinstance(contestant.config.method, LoraSettings):
        config = contestant.config
        tuned = load_adapter(base, adapter, identify_base(config.untuned, find_base_folder(config)))
        yield LoadedModel(contestant, tuned)
        tuned.unload()
    else:
        yield LoadedModel(contestant, load_base(adapter, quant="none", dtype=base.dtype, device=base.device))


@cache
def _load_adapter_template(folder: Path, base_folder: Path) -> ChatTemplate:
    if (template := load_saved_template(folder, base_folder)) is None:
        raise UserError(f"{folder}: no tokenizer with a chat template in it; train the cell again")
    return template


def _find_template(contestant: Contestant, shape: Shape) -> ChatTemplate:
    if contestant.tuned:
        config = contestant.config
        template = _load_adapter_template(get_cell_folder(config).adapter, find_base_folder(config))
        template.role_policy = get_role_policy(config)
        return template
    return load_base_template(contestant.config, shape)
