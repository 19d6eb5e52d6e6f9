"""One cell, from its configuration to a verified adapter. The door where configuration ends and plain types begin."""

from __future__ import annotations

import logging
import time
from pathlib import Path

import lightning as L
import torch
from peft import PeftModel
from transformers import PreTrainedModel

from hackmentor.cell import CellFolder, base_folder, base_template, cell_folder, data_folder
from hackmentor.config.schema import Config, Lora
from hackmentor.data.card import load_card
from hackmentor.files import read_json, write_json
from hackmentor.model.adapter import add_lora, save_tuned, trainable_parameters, unfreeze, verify_saved
from hackmentor.model.device import dtype_for, precision_for
from hackmentor.model.load import load_base
from hackmentor.prompts.chat import ChatTemplate
from hackmentor.track import Tracker, start_run
from hackmentor.train.card import build_card, peak_memory_mb
from hackmentor.train.datamodule import RecordsModule
from hackmentor.train.module import AdamWSettings, FineTune
from hackmentor.train.trainer import build_trainer

log = logging.getLogger(__name__)


def train_cell(config: Config) -> float:
    """Trains one cell, loads back what it saved, and marks it done. Returns the held-out loss, in nats a token.

    A cell that is done with the same configuration is left as it is.
    """
    folder = cell_folder(config)
    if folder.is_done(config):
        log.info("%s is done already", config.name)
        return float(read_json(folder.card)["figures"]["val_loss"])
    L.seed_everything(config.seed, workers=True, verbose=False)
    folder.write_config(config)
    tracker, exit_code = start_run(config, job="train"), 1
    try:
        loss = _train(config, folder, tracker)
        exit_code = 0
        return loss
    finally:
        tracker.finish(exit_code)


def _train(config: Config, folder: CellFolder, tracker: Tracker) -> float:
    started = time.monotonic()
    base = base_folder(config)
    template = base_template(config, config.data.shape)
    data = _data(config, template)
    trainer = _trainer(config, folder, tracker, steps=data.steps(config.trainer.max_epochs, config.trainer.max_steps))
    tuned = _tuned(config, base, trainer)
    _announce(config, data, tuned, tracker)
    module = FineTune(tuned, AdamWSettings(**config.optimizer.model_dump(exclude={"name"})))
    trainer.fit(module, data)
    loss = float(trainer.validate(module, data, verbose=False)[0]["val_loss"])
    if trainer.is_global_zero:
        save_tuned(tuned, folder.adapter, template)
        verify_saved(tuned, folder.adapter)
        figures = {
            "val_loss": loss,
            "steps": trainer.global_step,
            "wall_seconds": round(time.monotonic() - started, 1),
            "peak_memory_mb": round(peak_memory_mb()),
        }
        write_json(folder.card, build_card(config, folder, base, data.report, trainable_parameters(tuned), figures))
        tracker.summary(figures)
        tracker.made(f"{config.experiment}.{config.name}", "model", [folder.adapter, folder.card], figures)
        folder.mark_done(config)
        log.info("%s: held-out loss %.4f; adapter in %s", config.name, loss, folder.adapter)
    return loss


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
        seed=config.seed,
    )


def _trainer(config: Config, folder: CellFolder, tracker: Tracker, *, steps: int) -> L.Trainer:
    settings = config.trainer.model_dump()
    settings["precision"] = precision_for(config.trainer.precision, config.trainer.accelerator)
    train = config.train
    return build_trainer(
        folder=folder.path,
        loggers=tracker.loggers(),
        steps=steps,
        validations=train.validations,
        checkpoints=train.checkpoints,
        **settings,
    )


def _tuned(config: Config, base: Path, trainer: L.Trainer) -> PeftModel | PreTrainedModel:
    frozen = isinstance(config.method, Lora)
    model = load_base(
        base,
        quant=config.quant.name,
        dtype=dtype_for(str(trainer.precision), frozen=frozen),
        device=trainer.strategy.root_device,
        trust_remote_code=config.base.trust_remote_code,
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
        "%s: %d records (%d dropped, %d truncated), %d tokens of which %d are trained on, %d trainable parameters",
        config.name, report.kept, dropped, len(report.truncated), report.tokens, report.trained_tokens,
        trainable_parameters(tuned),
    )  # fmt: skip
    files, card = data_folder(config), load_card(data_folder(config).card)
    described = {"sha256": dict(card.files), "licences": dict(card.licences), "records": card.train.total}
    tracker.used(f"data.{config.data.name}", "dataset", [files.train, files.held_out, files.card], described)
