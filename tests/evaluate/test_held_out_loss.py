"""Losses record by record, however they are packed."""

from __future__ import annotations

from math import exp
from pathlib import Path

import pytest
import torch

from hackmentor.evaluate.held_out_loss import compute_held_out_loss
from hackmentor.model.load import load_base
from hackmentor.model.tokenizer import load_tokenizer
from hackmentor.prompts.chat_template import ChatTemplate
from hackmentor.prompts.templates import load_template
from hackmentor.records.record import read_records
from hackmentor.runtime.errors import UserError


def test_packing_changes_no_figure(tiny_llama: Path, small_data: Path) -> None:
    model = load_base(tiny_llama, quant="none", dtype=torch.float32, device=torch.device("cpu"))
    template = ChatTemplate(load_tokenizer(tiny_llama), load_template("chatml", None))
    records = read_records(small_data / "iio" / "eval.jsonl")
    alone = compute_held_out_loss(model, template, records, cutoff=300, micro_batch_tokens=300)
    packed = compute_held_out_loss(model, template, records, cutoff=300, micro_batch_tokens=1000)
    by_id = {record.id: record for record in packed.records}
    assert len(by_id) == len(alone.records) > 3
    for record in alone.records:
        assert by_id[record.id].tokens == record.tokens
        assert by_id[record.id].nats == pytest.approx(record.nats, rel=1e-4)
    assert packed.loss == pytest.approx(alone.loss, rel=1e-4)
    assert packed.perplexity == pytest.approx(exp(packed.loss))
    assert packed.truncated == alone.truncated


def test_a_cutoff_before_every_answer_is_said_with_the_key_to_raise(tiny_llama: Path, small_data: Path) -> None:
    model = load_base(tiny_llama, quant="none", dtype=torch.float32, device=torch.device("cpu"))
    template = ChatTemplate(load_tokenizer(tiny_llama), load_template("chatml", None))
    records = read_records(small_data / "iio" / "eval.jsonl")
    with pytest.raises(
        UserError, match=f"none of {len(records)} held-out records has its answer within evaluate.cutoff=8;"
    ):
        compute_held_out_loss(model, template, records, cutoff=8, micro_batch_tokens=300)
