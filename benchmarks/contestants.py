"""Our training step and TRL's, on the same tokens, the same model and the same LoRA; each says what it took."""

from __future__ import annotations

import logging
import statistics
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import lightning as L
import torch
from peft import PeftModel
from transformers import PreTrainedTokenizerBase, TrainerCallback
from transformers.trainer_callback import PrinterCallback

from benchmarks import limit
from hackmentor.cell.checkpoints import CheckpointFolder
from hackmentor.runtime.signals import StopSignalHandler
from hackmentor.train.checkpointing import CheckpointCallback
from hackmentor.train.datamodule import RecordsDataModule
from hackmentor.train.module import FineTune
from hackmentor.train.optimizer import AdamWSettings
from hackmentor.train.trainer import build_trainer

if TYPE_CHECKING:
    from datasets import Dataset

# So small that the loss of a turn is that of the weights it began with, whatever the order of the records.
LEARNING_RATE = 1e-6


@dataclass(frozen=True)
class Turn:
    """One epoch: seconds from the start of its first step to the end of its last, the mean loss of its steps in nats a
    token, by how many MB memory grew beyond the loaded model, and its peak with all that is loaded.

    `max_tokens` is to how many tokens at once ours went down because memory ran out; None if it did not."""

    seconds: float
    loss: float
    growth_mb: float
    peak_mb: float
    max_tokens: int | None = None


Contestant = Callable[[RecordsDataModule], Turn]


@dataclass
class Watch:
    """Starts with the first step and stops with the last."""

    began: float = 0.0
    ended: float = 0.0
    losses: list[float] = field(default_factory=list)

    def start(self) -> None:
        self.began = self.began or limit.clock()

    def stop(self) -> None:
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        self.ended = limit.clock()


class LightningWatch(L.Callback):
    def __init__(self, watch: Watch) -> None:
        self.watch = watch

    def on_train_batch_start(self, *_: object) -> None:
        self.watch.start()

    def on_train_batch_end(self, trainer: L.Trainer, *_: object) -> None:
        self.watch.stop()
        self.watch.losses.append(float(trainer.callback_metrics["loss"]))


class TransformersWatch(TrainerCallback):  # type: ignore[misc]
    def __init__(self, watch: Watch) -> None:
        self.watch = watch

    def on_step_begin(self, *_: object, **__: object) -> None:
        self.watch.start()

    def on_step_end(self, *_: object, **__: object) -> None:
        self.watch.stop()

    def on_log(self, *_: object, logs: dict[str, float], **__: object) -> None:
        if "loss" in logs:
            self.watch.losses.append(float(logs["loss"]))


def turns(
    entrants: dict[str, Contestant], data: RecordsDataModule, warm: RecordsDataModule, rounds: int
) -> dict[str, list[Turn]]:
    """Each has a turn in each round, every other round in the opposite order, after a warm-up."""
    for entrant in entrants.values():
        entrant(warm)
    taken: dict[str, list[Turn]] = {name: [] for name in entrants}
    for number in range(rounds):
        for name in list(entrants)[:: -1 if number % 2 else 1]:
            taken[name].append(entrants[name](data))
    return taken


def seated(make: Callable[[], Contestant]) -> Contestant:
    """The contestant that this makes, in a process of its own, which lives as long as this one."""
    seat = ProcessPoolExecutor(1, get_context("spawn"), initializer=_sit, initargs=(make, limit.clock))
    return lambda data: seat.submit(_play, data).result()


_SEATED: list[Contestant] = []


def _sit(make: Callable[[], Contestant], clock: Callable[[], float]) -> None:
    limit.clock = clock
    _SEATED.append(make())


def _play(data: RecordsDataModule) -> Turn:
    return _SEATED[0](data)


def ours(model: PeftModel, precision: str, *, recomputes: bool = False) -> Contestant:
    """RecordsModule, FineTune and the Trainer of `hackmentor train`."""

    def fit(data: RecordsDataModule, watch: Watch, folder: Path) -> int | None:
        trainer = build_core_trainer(data, folder, precision, model.device)
        trainer.callbacks.append(LightningWatch(watch))  # type: ignore[attr-defined]
        settings = AdamWSettings(LEARNING_RATE, 0.0, (0.9, 0.999), 1e-8, 0.0, "constant", 1.0)
        module = FineTune(model, settings, steps=data.count_steps(), recomputes=recomputes)
        trainer.fit(module, data)
        return module.micro_batch_limit.max_tokens

    return _turn(model, fit)


def build_core_trainer(
    data: RecordsDataModule,
    folder: Path,
    precision: str,
    device: torch.device,
    *,
    checkpoint_steps: int | None = None,
    keep: int = 1,
) -> L.Trainer:
    """The trainer of `hackmentor train` on one device, without what Hydra and W&B are for."""
    checkpoints = CheckpointCallback(
        CheckpointFolder(folder, keep=keep),
        every_steps=checkpoint_steps,
        every_minutes=1e6,
        decided_by={},
        stop_signals=StopSignalHandler(),
    )
    return build_trainer(
        checkpoints=checkpoints, loggers=[], steps=data.count_steps(), validations=1,
        accelerator="gpu" if device.type == "cuda" else "cpu", devices=1, num_nodes=1, strategy="auto",
        precision=precision, max_epochs=1,
    )  # fmt: skip


def trl(
    model: PeftModel, precision: str, tokenizer: PreTrainedTokenizerBase, *, packing: bool, **more: object
) -> Contestant:
    """SFTTrainer with its defaults but for what makes the work the same: batch, precision, optimizer settings, order.

    Without packing a step is 4 times a fourth of the batch, padded. With it, packs hold as many tokens as ours, one
    goes through the model at a time, and a step is as many as hold the tokens of a batch.
    """
    from trl import SFTConfig, SFTTrainer

    def fit(data: RecordsDataModule, watch: Watch, folder: Path) -> None:
        length = max(data.micro_batch_tokens, max(map(len, data.examples["input_ids"])))
        packs = max(1, round(data.report.tokens / data.count_steps() / length))
        args = SFTConfig(
            output_dir=str(folder), max_length=length, packing=packing, num_train_epochs=1,
            per_device_train_batch_size=1 if packing else max(1, data.batch_size // 4),
            gradient_accumulation_steps=packs if packing else 4,
            learning_rate=LEARNING_RATE, lr_scheduler_type="constant", weight_decay=0.0, max_grad_norm=1.0,
            bf16=precision.startswith("bf16"), use_cpu=not torch.cuda.is_available(),
            train_sampling_strategy="sequential",
            save_strategy="no", report_to="none", logging_steps=1, disable_tqdm=True, **more,
        )  # fmt: skip
        trainer = SFTTrainer(model, args, train_dataset=_in_our_order(data), processing_class=tokenizer)
        trainer.remove_callback(PrinterCallback)
        trainer.add_callback(TransformersWatch(watch))
        trainer.train()

    return _turn(model, fit)


def _in_our_order(data: RecordsDataModule) -> Dataset:
    from datasets import Dataset

    order = [number for step in data._plan_epoch(0, 1) for number in step]
    rows = [data.examples[number] for number in order]
    labels = [
        [token if trained else -100 for token, trained in zip(row["input_ids"], row["trained"], strict=True)]
        for row in rows
    ]
    return Dataset.from_dict({"input_ids": [row["input_ids"] for row in rows], "labels": labels})


def _turn(model: PeftModel, fit: Callable[[RecordsDataModule, Watch, Path], int | None]) -> Contestant:
    start = {name: weight.detach().clone() for name, weight in model.named_parameters() if weight.requires_grad}

    def turn(data: RecordsDataModule) -> Turn:
        model.load_state_dict(start, strict=False)
        watch, before = Watch(), _reset_peak()
        with TemporaryDirectory() as folder:
            max_tokens = fit(data, watch, Path(folder))
        peak = _peak_mb()
        return Turn(watch.ended - watch.began, statistics.fmean(watch.losses), peak - before, peak, max_tokens)

    return turn


def _reset_peak() -> float:
    """Forgets the peak so far; returns what is held now, in MB."""
    logging.getLogger("transformers").setLevel(logging.ERROR)
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()
        return torch.cuda.memory_allocated() / 1e6
    Path("/proc/self/clear_refs").write_text("5")  # Linux: the high-water mark of resident memory falls to the present
    return _status_mb("VmRSS")


def _peak_mb() -> float:
    return torch.cuda.max_memory_allocated() / 1e6 if torch.cuda.is_available() else _status_mb("VmHWM")


def _status_mb(key: str) -> float:
    """A line of /proc/self/status, which counts in KiB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{key}:")) * 1024 / 1e6
