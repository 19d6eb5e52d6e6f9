"""Measure contestants: load each base once, put one adapter after the other on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import torch
from peft import PeftModel
from rich.console import Console
from transformers import PreTrainedModel

from hackmentor.cell import base_folder, base_template, cell_folder
from hackmentor.config.schema import Config, Lora, Shape
from hackmentor.data.records import Record
from hackmentor.evaluate.answer import write_answers
from hackmentor.evaluate.answers import answer
from hackmentor.evaluate.contestants import Contestant
from hackmentor.evaluate.perplexity import held_out_loss
from hackmentor.files import write_json
from hackmentor.model.device import dtype_for, precision_for
from hackmentor.model.load import load_base
from hackmentor.model.tokenizer import load_tokenizer
from hackmentor.prompts.chat import ChatTemplate

Questions = Mapping[Shape, Sequence[Record]]


def measure(contestants: Sequence[Contestant], questions: Questions, data: dict[str, str]) -> None:
    """Writes held_out.json and answers.jsonl for each contestant. All must share one base."""
    base = _load(contestants[0].config)
    for contestant in contestants:
        Console(stderr=True).print(f"measuring {contestant.name}")
        with _tuned(base, contestant) as model:
            _measure_one(model, contestant, questions, data)


def _load(config: Config) -> PreTrainedModel:
    accelerator = config.trainer.accelerator
    device = torch.device("cuda" if accelerator != "cpu" and torch.cuda.is_available() else "cpu")
    return load_base(
        base_folder(config),
        quant=config.quant.name,
        dtype=dtype_for(precision_for(config.trainer.precision, accelerator), frozen=True),
        device=device,
        trust_remote_code=config.base.trust_remote_code,
    )


@contextmanager
def _tuned(base: PreTrainedModel, contestant: Contestant) -> Iterator[PeftModel | PreTrainedModel]:
    adapter = cell_folder(contestant.config).adapter
    if not contestant.tuned:
        yield base
    elif isinstance(contestant.config.method, Lora):
        tuned = PeftModel.from_pretrained(base, str(adapter)).eval()
        yield tuned
        tuned.unload()
    else:
        yield load_base(adapter, quant="none", dtype=base.dtype, device=base.device)


def _measure_one(
    model: PeftModel | PreTrainedModel, contestant: Contestant, questions: Questions, data: dict[str, str]
) -> None:
    settings = contestant.config.evaluate
    losses, answers = {}, []
    for shape, records in questions.items():
        template = _template(contestant, shape)
        together = contestant.config.size.micro_batch_tokens
        held_out = held_out_loss(
            model, template, records, cutoff=settings.cutoff, micro_batch_tokens=max(together, settings.cutoff)
        )
        losses[shape] = held_out.to_json()
        asked = records[: settings.questions]
        answers += answer(model, template, asked, contestant=contestant.name, max_new_tokens=settings.max_new_tokens)
    write_answers(contestant.folder, answers)
    write_json(contestant.folder / "held_out.json", {"made_from": contestant.made_from(data), "shapes": losses})


def _template(contestant: Contestant, shape: Shape) -> ChatTemplate:
    """A cell speaks the template that it was trained with; a base the one that it has for this shape."""
    config = contestant.config
    if contestant.tuned:
        tokenizer = load_tokenizer(cell_folder(config).adapter)
        return ChatTemplate(tokenizer, str(tokenizer.chat_template))
    return base_template(config, shape)
