"""The LightningModule: it moves what is trainable, and stops when the loss is no number."""

from __future__ import annotations

from collections.abc import Sequence
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
from hackmentor.train.module import DivergedError, FineTune
from hackmentor.train.optimizer import AdamWSettings
from hackmentor.train.packing import Step, build_step

OUT_OF_MEMORY = torch.OutOfMemoryError("CUDA out of memory")
SETTINGS = AdamWSettings(1e-3, 0.0, (0.9, 0.999), 1e-8, 0.0, "constant", 1.0)


def tuned(folder: Path) -> PeftModel:
    base = load_base(folder, quant="none", dtype=torch.float32, device=torch.device("cpu"))
    return add_lora(base, rank=4, alpha=8, dropout=0.0, targets=["q_proj"], source="x", revision="y")


RECORDS = [
    Example(f"r{number}", list(range(5 + number, 70 + number)), [False] * 5 + [True] * 60) for number in range(4)
]


def fit(model: PeftModel, room: int = 64, records: Sequence[Example] = RECORDS, **settings: bool) -> FineTune:
    steps: DataLoader[Step] = DataLoader([build_step(records, room)], batch_size=None)  # type: ignore[arg-type]
    module = FineTune(model, SETTINGS, steps=3, **settings)
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


def short_of_memory(model: PeftModel, most: int, error: Exception = OUT_OF_MEMORY) -> list[int]:
    """Makes the model run out of memory beyond so many tokens at once; returns the sizes of what goes through."""
    sizes: list[int] = []

    def refuse(_: torch.nn.Module, __: object, words: dict[str, torch.Tensor]) -> None:
        sizes.append(words["input_ids"].shape[1])
        if sizes[-1] > most:
            raise error

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


def test_where_the_longest_record_is_alone_it_ends_with_a_sentence(tiny_llama: Path) -> None:
    model = tuned(tiny_llama)
    sizes = short_of_memory(model, most=100)
    records = [Example(f"r{number}", list(range(5, 6 + tokens)), [True] * (tokens + 1)) for number, tokens in LENGTHS]
    with pytest.raises(UserError, match=r"out of memory with a single record of 140 tokens; lower train\.cutoff"):
        fit(model, room=256, records=records)
    assert sizes == [220, 140]


LENGTHS = ((0, 140), (1, 20), (2, 20), (3, 20), (4, 20))
NO_MEMORY = [
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"),
    torch.AcceleratorError("CUDA error: out of memory"),
    RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
]


@pytest.mark.parametrize("error", NO_MEMORY, ids=lambda error: type(error).__name__)
def test_every_way_of_saying_that_memory_is_out_halves(tiny_llama: Path, error: Exception) -> None:
    model = tuned(tiny_llama)
    sizes = short_of_memory(model, most=160, error=error)
    fit(model, room=300)
    assert sizes[:3] == [256, 128, 128]


def test_another_error_is_no_lack_of_memory(tiny_llama: Path) -> None:
    model = tuned(tiny_llama)
    sizes = short_of_memory(model, most=160, error=RuntimeError("CUDA error: device-side assert triggered"))
    with pytest.raises(RuntimeError, match="device-side assert"):
        fit(model, room=300)
    assert sizes == [256]


def test_a_validation_out_of_memory_measures_the_same(tiny_llama: Path) -> None:
    losses, model = [], tuned(tiny_llama)
    for most in (300, 160):
        sizes = short_of_memory(model, most=most)
        module = FineTune(model, SETTINGS, steps=3)
        trainer = L.Trainer(accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False)
        held_out: DataLoader[Step] = DataLoader([build_step(RECORDS, 300)], batch_size=None)  # type: ignore[arg-type]
        losses.append(trainer.validate(module, held_out, verbose=False)[0]["val_loss"])
    assert sizes == [256, 128, 128]
    assert losses[1] == pytest.approx(losses[0], abs=1e-6)


def test_no_memory_for_the_moments_is_said(tiny_llama: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(torch.optim.AdamW, "_init_group", refuse)
    with pytest.raises(UserError, match=r"in the optimizer's step 0: .* optimizer\.name=adamw_8bit"):
        fit(tuned(tiny_llama))


def test_one_of_several_devices_can_not_halve() -> None:
    (pack,) = build_step([Example(f"r{number}", [5] * 21, [True] * 21) for number in range(4)], 100).packs
    with pytest.raises(UserError, match=r"with train\.micro_batch_tokens=40 continues"):
        MicroBatchLimit().make_room(pack, is_only_device=False)


def test_a_single_record_that_is_too_much_is_said(tiny_llama: Path) -> None:
    model = tuned(tiny_llama)
    sizes = short_of_memory(model, most=10)
    with pytest.raises(UserError, match=r"out of memory with a single record of 64 tokens; lower train\.cutoff"):
        fit(model, room=300)
    assert sizes == [256, 128, 64]


def test_layers_are_computed_again_before_packs_are_halved(tiny_llama: Path, caplog: pytest.LogCaptureFixture) -> None:
    model, plain = tuned(tiny_llama), tuned(tiny_llama)
    plain.load_state_dict(model.state_dict())
    computed: list[int] = []
    layer = model.get_base_model().model.layers[0]
    layer.self_attn.register_forward_pre_hook(
        lambda *_, **given: computed.append(layer.gradient_checkpointing), with_kwargs=False
    )
    short = {"left": 1}

    def refuse_once(*_: object) -> None:
        if short["left"]:
            short["left"] -= 1
            raise OUT_OF_MEMORY

    layer.mlp.register_forward_hook(refuse_once)
    fit(model, room=300, may_recompute=True)
    assert "computed again in the backward pass" in caplog.text
    assert "at most" not in caplog.text
    # Once until memory was out; then twice a step, forward and back.
    assert computed == [False] + 6 * [True]
    assert not layer.gradient_checkpointing, "off again after the fit"
    fit(plain, room=300)
    for (name, parameter), other in zip(model.named_parameters(), plain.parameters(), strict=True):
        assert torch.equal(parameter, other), name


def test_where_computing_again_does_not_suffice_packs_are_halved(tiny_llama: Path) -> None:
    model = tuned(tiny_llama)
    sizes = short_of_memory(model, most=160)
    fit(model, room=300, may_recompute=True)
    assert sizes == [256, 256, *6 * [128]]
