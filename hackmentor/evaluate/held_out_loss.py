"""The loss on the answers of held-out records, one by one, so that contestants are compared on the same records."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from math import exp

import torch
from peft import PeftModel
from transformers import PreTrainedModel

from hackmentor.model.attention import use_packed_attention
from hackmentor.prompts.chat_template import ChatTemplate
from hackmentor.prompts.encode import NoRecordLeftError, encode_records
from hackmentor.records.record import Record
from hackmentor.runtime.errors import UserError
from hackmentor.train.bin_packing import bin_pack
from hackmentor.train.loss import compute_token_losses
from hackmentor.train.packing import ONE_RECORD, build_pack, count_shared_prefix
from hackmentor.train.packing_check import is_packing_right


@dataclass(frozen=True)
class RecordLoss:
    """The summed loss of one record's answers, in nats, and the number of their tokens."""

    id: str
    nats: float
    tokens: int


@dataclass(frozen=True)
class HeldOutLoss:
    """The losses of one contestant on one shape, and the ids of records that were truncated."""

    records: list[RecordLoss]
    truncated: list[str]

    @property
    def loss(self) -> float:
        """The mean over all tokens, in nats."""
        return sum(record.nats for record in self.records) / sum(record.tokens for record in self.records)

    @property
    def perplexity(self) -> float:
        """exp(loss)."""
        return exp(self.loss)

    def to_json(self) -> dict[str, object]:
        """Loss, perplexity and the loss of each record, as JSON."""
        return {"loss": self.loss, "perplexity": self.perplexity, **asdict(self)}


def compute_held_out_loss(
    model: PeftModel | PreTrainedModel,
    template: ChatTemplate,
    records: Sequence[Record],
    *,
    cutoff: int,
    micro_batch_tokens: int,
) -> HeldOutLoss:
    """Computes the loss on the assistant's messages of each record, up to `cutoff` tokens of the record.

    About `micro_batch_tokens` tokens go through the model at once; records packed together don't attend to each other,
    and where a model can't be packed (`packing_check`) they go through it one by one.

    Raises:
        UserError: if the cutoff leaves no answer of any record.
    """
    try:
        examples, report = encode_records(records, template, cutoff=cutoff, overlength="truncate")
    except NoRecordLeftError as error:
        raise UserError(
            f"none of {len(records)} held-out records has its answer within evaluate.cutoff={cutoff}; raise it, or "
            "evaluate.records"
        ) from error
    base = model.get_base_model() if isinstance(model, PeftModel) else model
    losses = []
    packed = is_packing_right(model, cutoff)
    with use_packed_attention(base) if packed else nullcontext(), torch.inference_mode():
        shared = count_shared_prefix(examples)
        for group in bin_pack(examples, micro_batch_tokens if packed else ONE_RECORD, shared):
            token_loss = compute_token_losses(model, build_pack(group, shared).to(base.device))
            parts = torch.split(token_loss, [example.trained_tokens for example in group])
            for example, part in zip(group, parts, strict=True):
                losses.append(RecordLoss(example.id, part.sum().item(), example.trained_tokens))
    return HeldOutLoss(losses, report.truncated)
