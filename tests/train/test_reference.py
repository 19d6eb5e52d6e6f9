"""The same numbers as the reference: transformers for the loss, a plain PEFT loop for the adapter."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import lightning as L
import pytest
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from torch.utils.data import DataLoader
from transformers import AutoModelForCausalLM, PreTrainedModel

from hackmentor.cli import main
from hackmentor.model.adapter import add_lora
from hackmentor.model.attention import use_packed_attention
from hackmentor.model.load import load_base
from hackmentor.model.tokenizer import load_tokenizer
from hackmentor.prompts.chat_template import ChatTemplate
from hackmentor.prompts.encode import encode_records
from hackmentor.prompts.example import Example
from hackmentor.prompts.templates import list_templates, load_template
from hackmentor.records.record import read_records
from hackmentor.train.module import FineTune, compute_pack_loss
from hackmentor.train.optimizer import AdamWSettings
from hackmentor.train.packing import Step, build_step
from tests.conftest import REPOSITORY

BATCH, STEPS, WARMUP = 4, 6, 2
SETTINGS = AdamWSettings(1e-3, 0.01, (0.9, 0.99), 1e-8, WARMUP / STEPS, "linear", 0.5)
LORA = {"lora_alpha": 16, "target_modules": ["q_proj", "v_proj"]}


def examples(template: ChatTemplate, data: Path, most: int = BATCH * STEPS, cutoff: int = 400) -> list[Example]:
    """Real records of both shapes."""
    records = [
        record for shape in ("iio", "turn") for record in read_records(data / shape / "train.jsonl")[: most // 2]
    ]
    return encode_records(records, template, cutoff=cutoff, overlength="truncate")[0]


def plain_loss(model: PreTrainedModel | PeftModel, example: Example) -> torch.Tensor:
    """What transformers gives for one record with labels, times the tokens that it is the mean over."""
    pairs = zip(example.input_ids, example.trained, strict=True)
    labels = torch.tensor([[index if trained else -100 for index, trained in pairs]])
    loss: torch.Tensor = model(input_ids=torch.tensor([example.input_ids]), labels=labels).loss
    return loss * (labels[0, 1:] != -100).sum()


def losses(model: PreTrainedModel, records: Sequence[Example]) -> tuple[float, float]:
    """Nats a token of a step of all records: ours, packed, and that of transformers, record by record."""
    step = build_step(records, micro_batch_tokens=1024)
    with torch.inference_mode():
        with use_packed_attention(model):
            ours = sum(compute_pack_loss(model, pack).item() for pack in step.packs)
        theirs = sum(plain_loss(model, record).item() for record in records)
    return ours / step.trained_tokens, theirs / step.trained_tokens


@pytest.mark.parametrize("name", list_templates())
def test_the_loss_is_that_of_transformers(name: str, tiny_llama: Path, fixed_data: Path) -> None:
    template = ChatTemplate(load_tokenizer(tiny_llama), load_template(name, None))
    model = load_base(tiny_llama, quant="none", dtype=torch.float32, device=torch.device("cpu"))
    ours, theirs = losses(model, examples(template, fixed_data))
    assert ours == pytest.approx(theirs, abs=1e-5)


@pytest.mark.slow
def test_the_loss_of_the_real_model_is_that_of_transformers(fixed_data: Path) -> None:
    assert main(["fetch", "base=smollm2", "size=135m", f"paths.models={REPOSITORY / 'models'}"]) == 0
    folder = REPOSITORY / "models" / "pretrained" / "smollm2-135m"
    template = ChatTemplate(load_tokenizer(folder), load_template("chatml", "Be brief."))
    model = load_base(folder, quant="none", dtype=torch.float32, device=torch.device("cpu"))
    ours, theirs = losses(model, examples(template, fixed_data, most=6))
    assert 1 < theirs < 5
    assert ours == pytest.approx(theirs, abs=1e-5)


@pytest.mark.parametrize("name", list_templates())
def test_the_adapter_is_that_of_a_plain_loop(name: str, tiny_llama: Path, fixed_data: Path) -> None:
    template = ChatTemplate(load_tokenizer(tiny_llama), load_template(name, None))
    records = examples(template, fixed_data)
    batches = [records[start : start + BATCH] for start in range(0, len(records), BATCH)]
    assert len(batches) == STEPS
    base = load_base(tiny_llama, quant="none", dtype=torch.float32, device=torch.device("cpu"))
    torch.manual_seed(0)
    ours = add_lora(base, rank=8, alpha=16, dropout=0.0, targets=["q_proj", "v_proj"], source="x", revision="y")
    torch.manual_seed(0)
    theirs = get_peft_model(AutoModelForCausalLM.from_pretrained(tiny_llama), LoraConfig("CAUSAL_LM", r=8, **LORA))
    start = {key: value.clone() for key, value in factors(theirs).items()}
    lightning_fit(ours, batches)
    plain_fit(theirs, batches)
    for key, value in factors(theirs).items():
        torch.testing.assert_close(factors(ours)[key], value, rtol=0, atol=1e-5, msg=key)
        assert (value - start[key]).abs().max() > 1e-3, key


def factors(model: PeftModel) -> dict[str, torch.Tensor]:
    return {name: value.detach() for name, value in model.named_parameters() if value.requires_grad}


def lightning_fit(model: PeftModel, batches: Sequence[Sequence[Example]]) -> None:
    steps: DataLoader[Step] = DataLoader([build_step(batch, 1024) for batch in batches], batch_size=None)  # type: ignore[arg-type]
    trainer = L.Trainer(
        accelerator="cpu", max_epochs=1, logger=False, enable_checkpointing=False, enable_progress_bar=False
    )
    trainer.fit(FineTune(model, SETTINGS, steps=STEPS), steps)


def plain_fit(model: PeftModel, batches: Sequence[Sequence[Example]]) -> None:
    """One record at a time, gradients added up, each batch's loss the mean over all of its trained tokens."""
    weights = [value for value in model.parameters() if value.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=SETTINGS.lr, betas=SETTINGS.betas, weight_decay=SETTINGS.weight_decay)
    for number, batch in enumerate(batches):
        for group in optimizer.param_groups:
            group["lr"] = SETTINGS.lr * min((number + 1) / (WARMUP + 1), (STEPS - number) / (STEPS - WARMUP))
        tokens = sum(record.trained_tokens for record in batch)
        for record in batch:
            (plain_loss(model, record) / tokens).backward()
        assert SETTINGS.gradient_clip is not None
        torch.nn.utils.clip_grad_norm_(weights, SETTINGS.gradient_clip)
        optimizer.step()
        optimizer.zero_grad()
