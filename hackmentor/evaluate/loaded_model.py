"""A contestant with its weights loaded. Bases are loaded once; adapters are put on one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

import torch
from peft import PeftModel
from transformers import PreTrainedModel

from hackmentor.cell.folder import cell_folder
from hackmentor.config.schema import Config, Lora, Shape
from hackmentor.evaluate.contestants import Contestant
from hackmentor.model.adapter import load_adapter
from hackmentor.model.base import base_folder, base_template, quantised_folder
from hackmentor.model.device import answering_dtype
from hackmentor.model.identity import identify
from hackmentor.model.load import load_base
from hackmentor.model.tokenizer import load_tokenizer
from hackmentor.prompts.chat_template import ChatTemplate


@dataclass(frozen=True)
class Examinee:
    """A contestant that can be asked: its model, and how it is spoken to."""

    contestant: Contestant
    model: PeftModel | PreTrainedModel

    @property
    def micro_batch_tokens(self) -> int:
        """How many tokens go through it at once."""
        return self.contestant.config.size.micro_batch_tokens

    def template(self, shape: Shape) -> ChatTemplate:
        """A cell speaks the template that it was trained with; a base the one that it has for this shape."""
        return _template(self.contestant, shape)


def load(config: Config) -> PreTrainedModel:
    """The base of a cell."""
    accelerator = config.trainer.accelerator
    device = torch.device("cuda" if accelerator != "cpu" and torch.cuda.is_available() else "cpu")
    return load_base(
        base_folder(config),
        quant=config.quant.name,
        dtype=answering_dtype(config.trainer.precision, accelerator),
        device=device,
        trust_remote_code=config.base.trust_remote_code,
        keep=quantised_folder(config),
    )


@contextmanager
def seated(base: PreTrainedModel, contestant: Contestant) -> Iterator[Examinee]:
    """The contestant on its base, which is as before afterwards."""
    adapter = cell_folder(contestant.config).adapter
    if not contestant.tuned:
        yield Examinee(contestant, base)
    elif isinstance(contestant.config.method, Lora):
        config = contestant.config
        tuned = load_adapter(base, adapter, identify(config.untuned, base_folder(config)))
        yield Examinee(contestant, tuned)
        tuned.unload()
    else:
        yield Examinee(contestant, load_base(adapter, quant="none", dtype=base.dtype, device=base.device))


@cache
def _template_of_adapter(folder: str) -> ChatTemplate:
    from pathlib import Path

    tokenizer = load_tokenizer(Path(folder))
    return ChatTemplate(tokenizer, str(tokenizer.chat_template))


def _template(contestant: Contestant, shape: Shape) -> ChatTemplate:
    if contestant.tuned:
        return _template_of_adapter(str(cell_folder(contestant.config).adapter))
    return base_template(contestant.config, shape)
