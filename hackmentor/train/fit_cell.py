"""Fit one cell: from its typed configuration to a verified adapter. From here inwards only plain types are passed."""

from __future__ import annotations

import logging
from pathlib import Path

import lightning as L
import torch
from peft import PeftModel
from transformers import PreTrainedModel

from hackmentor.cell.checkpoints import CheckpointFolder, CheckpointManifest
from hackmentor.cell.fingerprint import get_fingerprint_fields
from hackmentor.cell.folder import CellFolder
from hackmentor.cell.versions import get_versions
from hackmentor.config.schema import Config, LoraSettings
from hackmentor.model.adapter import add_lora, count_trainable_parameters, unfreeze_base
from hackmentor.model.base import find_base_folder, get_quantised_folder, load_base_template
from hackmentor.model.config_geometry import read_geometry
from hackmentor.model.device import get_base_dtype, resolve_precision
from hackmentor.model.identity import identify_base_weights
from hackmentor.model.load import load_base
from hackmentor.model.load_empty import load_empty_base
from hackmentor.model.save_trained import Weights, save_initial_adapter, save_tuned_model, verify_saved_model
from hackmentor.model.tokenizer import check_saving_keeps_ids
from hackmentor.pretrained.quantisation import is_dequantised_on_loading
from hackmentor.prompts.chat_template import ChatTemplate
from hackmentor.records.dataset_folder import locate_dataset
from hackmentor.runtime.files import folder_replaced, read_json, write_json
from hackmentor.runtime.ranks import is_first_process
from hackmentor.runtime.signals import StopSignalHandler
from hackmentor.track import artifacts
from hackmentor.track.tracker import Tracker
from hackmentor.train.cell_card import build_card, measure_peak_memory_mb
from hackmentor.train.checkpointing import CheckpointCallback
from hackmentor.train.datamodule import RecordsDataModule
from hackmentor.train.fit import measure_held_out_loss, run_fit
from hackmentor.train.fsdp import gather_trained_weights
from hackmentor.train.history import CsvHistoryLogger
from hackmentor.train.memory_model.device_memory import read_device_memory
from hackmentor.train.memory_model.recompute_choice import build_training_setup, choose_recomputation
from hackmentor.train.module import FineTune
from hackmentor.train.optimizer import AdamWSettings
from hackmentor.train.progress import ProgressFileCallback
from hackmentor.train.start_callback import StartCallback
from hackmentor.train.trainer import build_trainer

log = logging.getLogger(__name__)


def fit_cell(config: Config, folder: CellFolder, tracker: Tracker, stop_signals: StopSignalHandler) -> float:
    """Trains a cell, saves and verifies its adapter, and marks it done. `train_cell` calls it and states the errors.

    Returns:
        The held-out loss, in nats a token.
    """
    L.seed_everything(config.seed, workers=True, verbose=False)
    base = find_base_folder(config)
    template = load_base_template(config, config.data.shape)
    check_saving_keeps_ids(template.tokenizer)
    data = _build_data_module(config, template)
    checkpoints = _build_checkpoint_callback(config, folder, stop_signals)
    resumed = checkpoints.folder.find_newest_intact(remove_damaged=is_first_process())
    trainer = _build_trainer(config, folder, tracker, data, checkpoints, resumed)
    trainer.callbacks.append(_build_start_callback(config, base, trainer))  # type: ignore[attr-defined]
    tuned = _build_model(config, base, trainer)
    if trainer.is_global_zero:
        save_initial_adapter(tuned, folder.initial_adapter)
    _log_start(config, data, tuned, tracker)
    settings = AdamWSettings(**config.optimizer.model_dump())
    module = FineTune(
        tuned,
        settings,
        steps=data.count_steps(trainer.world_size),
        recomputes=config.train.recompute == "layers",
        may_recompute=config.train.recompute == "auto",
    )
    run_fit(trainer, module, data, checkpoints.folder, resumed)
    loss = measure_held_out_loss(trainer, module, data, checkpoints.folder, keep=config.train.keep)
    weights = gather_trained_weights(tuned)
    if trainer.is_global_zero:
        _save_verified(tuned, weights, folder, template)
        figures = _collect_metrics(loss, trainer, checkpoints)
        trained = {"trainable_parameters": count_trainable_parameters(tuned), "precision": str(trainer.precision)}
        card = build_card(config, folder, base, data.report, trained, figures)
        write_json(folder.card, card)
        tracker.log_summary(figures)
        tracker.use_artifact(artifacts.build_base_artifact(card))
        tracker.log_artifact(artifacts.build_adapter_artifact(config.experiment, config.name, folder))
        folder.mark_done(config, checkpoints.base, get_versions())
        log.info("%s: held-out loss %.4f; adapter in %s", config.name, loss, folder.adapter)
    return loss


def _save_verified(
    tuned: PeftModel | PreTrainedModel, weights: Weights | None, folder: CellFolder, template: ChatTemplate
) -> None:
    with folder_replaced(folder.adapter) as adapter:
        save_tuned_model(tuned, adapter, template, folder.initial_adapter, weights=weights)
        verify_saved_model(tuned, adapter, weights=weights)


def _collect_metrics(loss: float, trainer: L.Trainer, checkpoints: CheckpointCallback) -> dict[str, float]:
    return {
        "val_loss": loss,
        "steps": trainer.global_step,
        "wall_seconds": round(checkpoints.measure_total_seconds(), 1),
        "peak_memory_mb": round(measure_peak_memory_mb(trainer.strategy.root_device.type)),
    }


def _build_data_module(config: Config, template: ChatTemplate) -> RecordsDataModule:
    files, train = locate_dataset(config), config.train
    return RecordsDataModule(
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
        sampling_seed=config.sampling_seed,
        cache=files.encoded,
        lockstep=config.trainer.strategy == "fsdp",
    )


def _build_checkpoint_callback(
    config: Config, folder: CellFolder, stop_signals: StopSignalHandler
) -> CheckpointCallback:
    train = config.train
    return CheckpointCallback(
        CheckpointFolder(folder.checkpoints, keep=train.keep_checkpoints),
        every_steps=train.checkpoint_steps,
        every_minutes=train.checkpoint_minutes,
        decided_by=get_fingerprint_fields(config),
        base=identify_base_weights(config.untuned, find_base_folder(config)).to_json(),
        stop_signals=stop_signals,
    )


def _build_trainer(
    config: Config,
    folder: CellFolder,
    tracker: Tracker,
    data: RecordsDataModule,
    checkpoints: CheckpointCallback,
    resumed: CheckpointManifest | None,
) -> L.Trainer:
    settings = config.trainer.model_dump(exclude={"max_steps"})
    resumed_precision = resumed.precision if resumed else None  # auto may mean another one on this machine
    settings["precision"] = resumed_precision or resolve_precision(config.trainer.precision, config.trainer.accelerator)
    history = CsvHistoryLogger(folder.metrics, step=resumed.step if resumed else 0)
    trainer = build_trainer(
        checkpoints=checkpoints,
        loggers=[history, *tracker.get_loggers()],
        steps=data.count_steps(),
        validations=config.train.validations,
        callbacks=[ProgressFileCallback(folder.progress, steps=data.count_steps())],
        **settings,
    )
    # Lightning is not told of max_steps: with it, a fit that continues counts its first step twice.
    trainer.fit_loop.max_epochs = data.count_epochs(trainer.world_size)
    return trainer


def _build_start_callback(config: Config, base: Path, trainer: L.Trainer) -> StartCallback:
    def needs_recomputation() -> bool:
        file, device = base / "config.json", trainer.strategy.root_device.type
        setup = build_training_setup(
            config,
            read_geometry(read_json(file), str(file)),
            str(trainer.precision),  # type: ignore[arg-type]
            on_gpu=device == "cuda",
            devices=trainer.world_size,
        )
        return choose_recomputation(setup, config.train.micro_batch_tokens, read_device_memory(device)).recomputes

    return StartCallback(config.train.cutoff, needs_recomputation if config.train.recompute == "auto" else None)


def _build_model(config: Config, base: Path, trainer: L.Trainer) -> PeftModel | PreTrainedModel:
    dtype = get_base_dtype(str(trainer.precision), frozen=isinstance(config.method, LoraSettings))
    trusted, sharded = config.base.trust_remote_code, config.trainer.strategy == "fsdp"
    if sharded and not trainer.is_global_zero and not is_dequantised_on_loading(base):
        model = load_empty_base(base, dtype=dtype, trust_remote_code=trusted)
    else:
        model = load_base(
            base,
            quant=config.quant.name,
            dtype=dtype,
            # A model that is sharded afterwards goes to its devices then, a layer at a time.
            device=torch.device("cpu") if sharded else trainer.strategy.root_device,
            trust_remote_code=trusted,
            keep=get_quantised_folder(config),
        )
    # The adapter's first factor is drawn at random: drawn after the seed, whatever loading the base has drawn.
    torch.manual_seed(config.seed)
    if isinstance(config.method, LoraSettings):
        shape = config.method.model_dump(exclude={"name"})
        return add_lora(model, **shape, source=config.checkpoint.hub_id, revision=config.checkpoint.revision)
    return unfreeze_base(model)


def _log_start(config: Config, data: RecordsDataModule, tuned: torch.nn.Module, tracker: Tracker) -> None:
    report, dropped = data.report, sum(map(len, data.report.dropped.values()))
    log.info(
        "%s: %d records (%d dropped, %d truncated, %d split, %d of their exchanges left out), %d trainable parameters",
        config.name, report.kept, dropped, len(report.truncated), len(report.split), sum(report.left_out.values()),
        count_trainable_parameters(tuned),
    )  # fmt: skip
    if report.mask is not None:
        log.info("%s: %s", config.name, report.mask)
        tracker.log_summary(report.mask.to_metrics())
    tracker.use_artifact(artifacts.build_dataset_artifact(locate_dataset(config)))
