"""Every method trains a cell through the command, and plain PEFT with what it saved, on the untouched base, agrees."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, PreTrainedModel

from hackmentor.model.dequantise import use_dequantised_weights
from hackmentor.model.load import Quantisation, load_base
from hackmentor.model.tokenizer import load_tokenizer
from hackmentor.prompts.chat_template import ChatTemplate
from hackmentor.prompts.encode import encode_records
from hackmentor.records.record import read_records
from hackmentor.records.sample import sample_evenly
from hackmentor.runtime.files import read_json
from tests.train.conftest import Place

EXACT = ["trainer.precision=32-true"]
FULL = ["method=full", "quant=none", "method.dropout=0"]
CELLS: dict[str, tuple[Quantisation, list[str]]] = {
    "lora int8": ("int8", []),
    "lora nf4": ("nf4", ["quant=nf4"]),
    "lora none": ("none", ["quant=none"]),
    "rslora": ("int8", ["method=rslora", "method.targets=[q_proj,k_proj,v_proj,o_proj]"]),
    "dora": ("none", ["method=dora", "quant=none"]),
    "dora nf4": ("nf4", ["method=dora", "quant=nf4"]),
    "pissa": ("none", ["method=pissa", "quant=none"]),
    "pissa by iterations": ("none", ["method=pissa", "method.init=pissa_niter_16", "quant=none"]),
    "pissa and rslora": ("none", ["method=pissa", "method.rslora=true", "quant=none"]),
    "full": ("none", FULL),
    "the embedded grid's": ("none", ["experiment=embedded", "data=iio", *FULL]),
}  # fmt: skip


def held_out(model: PreTrainedModel | PeftModel, adapter: Path, data: Path) -> float:
    """The loss on what the cell was validated on, in nats a token, by transformers alone."""
    tokenizer = load_tokenizer(adapter)
    records = sample_evenly(read_records(data / "iio" / "eval.jsonl"), 4, 0)
    template = ChatTemplate(tokenizer, str(tokenizer.chat_template))
    examples, _ = encode_records(records, template, cutoff=256, overlength="truncate")
    nats, tokens = 0.0, 0
    for one in examples:
        labels = [index if trained else -100 for index, trained in zip(one.input_ids, one.trained, strict=True)]
        with torch.inference_mode():
            loss = model(input_ids=torch.tensor([one.input_ids]), labels=torch.tensor([labels])).loss.item()
        nats, tokens = nats + loss * one.trained_tokens, tokens + one.trained_tokens
    return nats / tokens


@pytest.mark.parametrize(("quant", "changes"), CELLS.values(), ids=CELLS.keys())
def test_a_cell_of_each_method(
    quant: Quantisation, changes: list[str], place: Place, restart_words: list[str], tiny_llama: Path, fixed_data: Path
) -> None:
    words = [*restart_words, *EXACT, "trainer.max_steps=4", "trainer.max_epochs=1", "train.validations=2", *changes]
    assert place.attempt(words) == 0, place.log
    (card,) = place.path.glob("outputs/*/*/card.json")
    adapter = card.parent / "adapter"
    if "method=full" in changes:
        model = AutoModelForCausalLM.from_pretrained(adapter)
    else:
        base = load_base(tiny_llama, quant=quant, dtype=torch.float32, device=torch.device("cpu"))
        with use_dequantised_weights(base):
            untuned = held_out(base, adapter, fixed_data)
            model = PeftModel.from_pretrained(base, str(adapter)).eval()
            assert abs(held_out(model, adapter, fixed_data) - untuned) > 1e-3
    with use_dequantised_weights(model):
        loss = held_out(model, adapter, fixed_data)
    assert loss == pytest.approx(read_json(card)["figures"]["val_loss"], abs=1e-5)


def test_pissa_goes_on_to_the_same_bits(place: Place, another_place: Place, restart_words: list[str]) -> None:
    words = [*restart_words, "method=lora", "method.init=pissa", "quant=none", "trainer.max_steps=12"]
    assert place.attempt(words) == 0, place.log
    assert another_place.attempt(words, signal.SIGKILL, rows=3) != 0
    assert another_place.attempt(words) == 0, another_place.log
    assert another_place.result() == place.result()
