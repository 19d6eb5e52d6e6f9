"""The LightningModule: it moves what is trainable, and stops when the loss is no number."""

from __future__ import annotations

from pathlib import Path

import lightning as L
import pytest
import torch
from peft import PeftModel
from torch.utils.data import DataLoader

from hackmentor.model.adapter import add_lora
from hackmentor.model.load import load_base
from hackmentor.prompts.example import Example
from hackmentor.runtime.errors import UserError
from hackmentor.train.micro_batch import MicroBatchLimit
from hackmentor.train.module import AdamWSettings, DivergedError, FineTune
from hackmentor.train.packing import Step, build_step

SETTINGS = AdamWSettings(1e-3, 0.0, (0.9, 0.999), 1e-8, 0.0, "constant", 1.0)


def tuned(folder: Path) -> PeftModel:
    base = load_base(folder, quant="none", dtype=torch.float32, device=torch.device("cpu"))
    return add_lora(base, rank=4, alpha=8, dropout=0.0, targets=["q_proj"], source="x", revision="y")


def fit(model: PeftModel, room: int = 64) -> FineTune:
    records = [
        Example(f"r{number}", list(range(5 + number, 70 + number)), [False] * 5 + [True] * 60) for number in range(4)
    ]
    steps: DataLoader[Step] = DataLoader([build_step(records, room)], batch_size=None)  # type: ignore[arg-type]
    module = FineTune(model, SETTINGS, steps=3)
    trainer = L.Trainer(
        accelerator="cpu", max_epochs=3, logger=False, enable_checkpointing=False, enable_progress_bar=False
    )
    try:
        trainer.fit(module, steps)
    finally:
        module.teardown("fit")
    return module


def test_only_the_adapter_moves(tiny_llama: Path) -> None:
    model = tuned(tiny_llama)
    before = {name: parameter.detach().clone() for name, parameter in model.named_parameters()}
    module = fit(model)
    moved = {name for name, parameter in model.named_parameters() if not torch.equal(parameter, before[name])}
    assert moved
    assert all("lora_" in name for name in moved)
    assert module.trainer.global_step == 3


def test_a_loss_that_is_no_number_stops_with_step_and_records(tiny_llama: Path) -> None:
    model = tuned(tiny_llama)
    with torch.no_grad():
        model.get_base_model().lm_head.weight[:] = float("nan")
    with pytest.raises(DivergedError, match="at step 0, records r0, r1, r2, r3"):
        fit(model)


def test_a_loss_far_above_that_of_guessing_stops_it(tiny_llama: Path) -> None:
    model = tuned(tiny_llama)
    with torch.no_grad():
        model.get_base_model().lm_head.weight.mul_(1e4)
    with pytest.raises(DivergedError, match=r"the loss is \d.* at step 0, records r0"):
        fit(model)


def test_a_gradient_that_is_no_number_stops_it_before_the_weights_move(tiny_llama: Path) -> None:
    model = tuned(tiny_llama)
    weights = {name: parameter for name, parameter in model.named_parameters() if parameter.requires_grad}
    before = {name: parameter.detach().clone() for name, parameter in weights.items()}
    next(iter(weights.values())).register_hook(lambda gradient: gradient / 0)
    with pytest.raises(DivergedError, match=r"the norm of the gradient is (nan|inf) at step 0, records r0"):
        fit(model)
    assert all(torch.equal(weights[name], before[name]) for name in weights)


def short_of_memory(model: PeftModel, most: int) -> list[int]:
    """Makes the model run out of memory beyond so many tokens at once; returns the sizes of what goes through."""
    sizes: list[int] = []

    def refuse(_: torch.nn.Module, __: object, words: dict[str, torch.Tensor]) -> None:
        sizes.append(words["input_ids"].shape[1])
        if sizes[-1] > most:
            raise torch.OutOfMemoryError("CUDA out of memory")

    model.get_base_model().register_forward_pre_hook(refuse, with_kwargs=True)
    return sizes


def test_out_of_memory_halves_what_goes_through_at_once(tiny_llama: Path, caplog: pytest.LogCaptureFixture) -> None:
    model, reference = tuned(tiny_llama), tuned(tiny_llama)
    reference.load_state_dict(model.state_dict())
    sizes = short_of_memory(model, most=160)
    module = fit(model, room=300)
    # 256 tokens are too many; then, in this step and the next ones, two records of 64 go together.
    assert sizes == [256, 128, 128, 128, 128, 128, 128]
    assert module.micro_batch_limit.max_tokens == 128
    assert caplog.text.count("at most 128 tokens go through the model at once (they were up to 256)") == 1
    fit(reference, room=128)
    for (name, parameter), other in zip(model.named_parameters(), reference.parameters(), strict=True):
        torch.testing.assert_close(parameter, other, rtol=0, atol=1e-6, msg=name)


def test_one_of_several_devices_can_not_halve() -> None:
    (pack,) = build_step([Example(f"r{number}", [5] * 21, [True] * 21) for number in range(4)], 100).packs
    with pytest.raises(UserError, match=r"with train\.micro_batch_tokens=40 continues"):
        MicroBatchLimit().halve([pack], is_only_device=False)


def test_a_single_record_that_is_too_much_is_said(tiny_llama: Path) -> None:
    model = tuned(tiny_llama)
    sizes = short_of_memory(model, most=10)
    with pytest.raises(UserError, match=r"out of memory with a single record of 64 tokens; lower train\.cutoff"):
        fit(model, room=300)
    assert sizes == [256, 128, 64]
