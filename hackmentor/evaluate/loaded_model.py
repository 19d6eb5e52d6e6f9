"""A contestant with its weights loaded: a base is loaded once, and its adapters are applied to it in turn."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

import torch
from peft import PeftModel
from transformers import PreTrainedModel

from hackmentor.cell.folder import get_cell_folder
from hackmentor.config.schema import Config, LoraSettings, Shape
from hackmentor.evaluate.contestants import Contestant
from hackmentor.model.adapter import load_adapter
from hackmentor.model.base import find_base_folder, get_quantised_folder, load_base_template
from hackmentor.model.device import get_inference_dtype
from hackmentor.model.identity import identify_base
from hackmentor.model.load import load_base
from hackmentor.model.tokenizer import load_tokenizer
from hackmentor.prompts.chat_template import ChatTemplate


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
def _load_adapter_template(folder: str) -> ChatTemplate:
    from pathlib import Path

    tokenizer = load_tokenizer(Path(folder))
    return ChatTemplate(tokenizer, str(tokenizer.chat_template))


def _find_template(contestant: Contestant, shape: Shape) -> ChatTemplate:
    if contestant.tuned:
        return _load_adapter_template(str(get_cell_folder(contestant.config).adapter))
    return load_base_template(contestant.config, shape)
