"""The loss on held-out answers, record by record, so that contestants can be compared on the same records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import exp

import torch
from peft import PeftModel
from transformers import PreTrainedModel

from hackmentor.model.attention import packed
from hackmentor.prompts.chat_template import ChatTemplate
from hackmentor.prompts.encode import encode_records
from hackmentor.records.record import Record
from hackmentor.train.module import token_losses
from hackmentor.train.packing import make_pack, shared_beginning, together


@dataclass(frozen=True)
class RecordLoss:
    """The summed loss of one record's answers, in nats, over so many tokens."""

    id: str
    nats: float
    tokens: int


@dataclass(frozen=True)
class HeldOutLoss:
    """The losses of one contestant on one shape, and the ids of records of which only a part was scored."""

    records: list[RecordLoss]
    truncated: list[str]

    @property
    def loss(self) -> float:
        """Nats a token, over all tokens."""
        return sum(record.nats for record in self.records) / sum(record.tokens for record in self.records)

    @property
    def perplexity(self) -> float:
        """exp(loss)."""
        return exp(self.loss)

    def to_json(self) -> dict[str, object]:
        """Figures and parts."""
        return {"loss": self.loss, "perplexity": self.perplexity, **asdict(self)}


def held_out_loss(
    model: PeftModel | PreTrainedModel,
    template: ChatTemplate,
    records: Sequence[Record],
    *,
    cutoff: int,
    micro_batch_tokens: int,
) -> HeldOutLoss:
    """Measures the loss on what the assistant says in each record, up to `cutoff` tokens of the record.

    `micro_batch_tokens` go through the model at once; records of one pack do not see each other.
    """
    examples, report = encode_records(records, template, cutoff=cutoff, overlength="truncate")
    base = model.get_base_model() if isinstance(model, PeftModel) else model
    losses = []
    with packed(base), torch.inference_mode():
        shared = shared_beginning(examples)
        for group in together(examples, micro_batch_tokens, shared):
            scored = token_losses(model, make_pack(group, shared).to(base.device))
            parts = torch.split(scored, [example.trained_tokens for example in group])
            for example, part in zip(group, parts, strict=True):
                losses.append(RecordLoss(example.id, part.sum().item(), example.trained_tokens))
    return HeldOutLoss(losses, report.truncated)
