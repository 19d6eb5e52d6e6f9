"""One cell, from its configuration to a verified adapter. The door where configuration ends and plain types begin."""

from __future__ import annotations

import logging
from pathlib import Path

import lightning as L
import torch
from peft import PeftModel
from transformers import PreTrainedModel

from hackmentor.cell.checkpoints import Checkpoint, CheckpointFolder
from hackmentor.cell.fingerprint import deciding
from hackmentor.cell.folder import CellFolder
from hackmentor.config.schema import Config, Lora
from hackmentor.model.adapter import (
    Weights,
    add_lora,
    keep_start,
    save_tuned,
    trainable_parameters,
    unfreeze,
    verify_saved,
)
from hackmentor.model.base import base_folder, base_template, quantised_folder
from hackmentor.model.device import dtype_for, precision_for
from hackmentor.model.load import load_base
from hackmentor.prompts.chat_template import ChatTemplate
from hackmentor.records.dataset_folder import data_folder
from hackmentor.runtime.files import new_folder, write_json
from hackmentor.runtime.lock import first_process
from hackmentor.runtime.signals import Interrupts
from hackmentor.track import artifacts as lineage
from hackmentor.track.tracker import Tracker
from hackmentor.train.cell_card import build_card, peak_memory_mb
from hackmentor.train.checkpointing import Checkpoints
from hackmentor.train.datamodule import RecordsModule
from hackmentor.train.fit import fit, held_out_loss
from hackmentor.train.fsdp import gathered
from hackmentor.train.history import History
from hackmentor.train.module import AdamWSettings, FineTune
from hackmentor.train.progress import ProgressFile
from hackmentor.train.trainer import build_trainer

log = logging.getLogger(__name__)


def train_cell(config: Config, folder: CellFolder, tracker: Tracker, interrupts: Interrupts) -> float:
    """As `hackmentor.train.train_cell.attempt`, which prepares what this needs."""
    L.seed_everything(config.seed, workers=True, verbose=False)
    base = base_folder(config)
    template = base_template(config, config.data.shape)
    data = _data(config, template)
    checkpoints = _checkpoints(config, folder, interrupts)
    resumed = checkpoints.folder.newest_whole(remove=first_process())
    trainer = _trainer(config, folder, tracker, data, checkpoints, resumed)
    tuned = _tuned(config, base, trainer)
    if trainer.is_global_zero:
        keep_start(tuned, folder.start)
    _announce(config, data, tuned, tracker)
    settings = AdamWSettings(**config.optimizer.model_dump(exclude={"name"}))
    module = FineTune(tuned, settings, steps=data.steps(trainer.world_size))
    fit(trainer, module, data, checkpoints.folder, resumed)
    loss = held_out_loss(trainer, module, data, checkpoints.folder, keep=config.train.keep)
    weights = gathered(tuned)
    if trainer.is_global_zero:
        _save(tuned, weights, folder, template)
        figures = _figures(loss, trainer, checkpoints)
        trained = {"trainable_parameters": trainable_parameters(tuned), "precision": str(trainer.precision)}
        card = build_card(config, folder, base, data.report, trained, figures)
        write_json(folder.card, card)
        tracker.summary(figures)
        tracker.used(lineage.base(card))
        tracker.made(lineage.adapter(config.experiment, config.name, folder))
        folder.mark_done(config)
        log.info("%s: held-out loss %.4f; adapter in %s", config.name, loss, folder.adapter)
    return loss


def _save(
    tuned: PeftModel | PreTrainedModel, weights: Weights | None, folder: CellFolder, template: ChatTemplate
) -> None:
    with new_folder(folder.adapter) as adapter:
        save_tuned(tuned, adapter, template, folder.start, weights=weights)
        verify_saved(tuned, adapter, weights=weights)


def _figures(loss: float, trainer: L.Trainer, checkpoints: Checkpoints) -> dict[str, float]:
    return {
        "val_loss": loss,
        "steps": trainer.global_step,
        "wall_seconds": round(checkpoints.seconds_so_far(), 1),
        "peak_memory_mb": round(peak_memory_mb()),
    }


def _data(config: Config, template: ChatTemplate) -> RecordsModule:
    files, train = data_folder(config), config.train
    return RecordsModule(
        files.train,
        files.held_out,
        template,
        batch_size=train.batch_size,
        micro_batch_tokens=train.micro_batch_tokens,
        cutoff=train.cutoff,
        overlength=train.overlength,
        max_records=train.max_records,
        validation_records=train.validation_records,
        epochs=config.trainer.max_epochs,
        max_steps=config.trainer.max_steps,
        seed=config.seed,
        cache=files.encoded,
        lockstep=config.trainer.strategy == "fsdp",
    )


def _checkpoints(config: Config, folder: CellFolder, interrupts: Interrupts) -> Checkpoints:
    train = config.train
    return Checkpoints(
        CheckpointFolder(folder.checkpoints, keep=train.keep_checkpoints),
        every_steps=train.checkpoint_steps,
        every_minutes=train.checkpoint_minutes,
        decided_by=deciding(config),
        interrupts=interrupts,
    )


def _trainer(
    config: Config,
    folder: CellFolder,
    tracker: Tracker,
    data: RecordsModule,
    checkpoints: Checkpoints,
    resumed: Checkpoint | None,
) -> L.Trainer:
    settings = config.trainer.model_dump(exclude={"max_steps"})
    begun_in = resumed.precision if resumed else None  # auto may mean another one on this machine
    settings["precision"] = begun_in or precision_for(config.trainer.precision, config.trainer.accelerator)
    history = History(folder.metrics, step=resumed.step if resumed else 0)
    trainer = build_trainer(
        checkpoints=checkpoints,
        loggers=[history, *tracker.loggers()],
        steps=data.steps(),
        validations=config.train.validations,
        callbacks=[ProgressFile(folder.progress, steps=data.steps())],
        **settings,
    )
    # Lightning is not told of max_steps: with it, a fit that continues counts its first step twice.
    trainer.fit_loop.max_epochs = data.epochs_begun(trainer.world_size)
    return trainer


def _tuned(config: Config, base: Path, trainer: L.Trainer) -> PeftModel | PreTrainedModel:
    frozen = isinstance(config.method, Lora)
    model = load_base(
        base,
        quant=config.quant.name,
        dtype=dtype_for(str(trainer.precision), frozen=frozen),
        # A model that is sharded afterwards goes to its devices then, a layer at a time.
        device=torch.device("cpu") if config.trainer.strategy == "fsdp" else trainer.strategy.root_device,
        trust_remote_code=config.base.trust_remote_code,
        keep=quantised_folder(config),
    )
    # The adapter's first factor is drawn at random: drawn after the seed, whatever loading the base has drawn.
    torch.manual_seed(config.seed)
    if isinstance(config.method, Lora):
        shape = config.method.model_dump(exclude={"name"})
        return add_lora(model, **shape, source=config.checkpoint.hub_id, revision=config.checkpoint.revision)
    return unfreeze(model)


def _announce(config: Config, data: RecordsModule, tuned: torch.nn.Module, tracker: Tracker) -> None:
    report, dropped = data.report, sum(map(len, data.report.dropped.values()))
    log.info(
        "%s: %d records (%d dropped, %d truncated, %d split, %d of their exchanges left out), %d trainable parameters",
        config.name, report.kept, dropped, len(report.truncated), len(report.split), sum(report.left_out.values()),
        trainable_parameters(tuned),
    )  # fmt: skip
    if report.mask is not None:
        log.info("%s: %s", config.name, report.mask)
        tracker.summary(report.mask.figures())
    tracker.used(lineage.dataset(data_folder(config)))
