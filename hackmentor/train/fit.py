"""Run a fit to its end, from its start or a checkpoint, and measure the held-out loss."""

from __future__ import annotations

import logging
from typing import Literal

import lightning as L
import torch

from hackmentor.cell.checkpoints import CheckpointFolder, CheckpointManifest
from hackmentor.cell.versions import describe_other_versions
from hackmentor.runtime.errors import UserError
from hackmentor.train.datamodule import RecordsDataModule
from hackmentor.train.module import DivergedError, FineTune

Keep = Literal["last", "best"]

log = logging.getLogger(__name__)


def run_fit(
    trainer: L.Trainer,
    module: FineTune,
    data: RecordsDataModule,
    folder: CheckpointFolder,
    resumed: CheckpointManifest | None,
) -> None:
    """Trains from a checkpoint on, or from the start.

    Raises:
        UserError: if the checkpoint is of a number of processes over which the records make other steps.
        DivergedError: naming step, records and the last checkpoint.
        StoppedError: if a signal asked to stop.
    """
    if resumed is not None:
        _check_same_steps(trainer, data, folder, resumed)
        log.info("continuing after step %d, saved at %s", resumed.step, resumed.saved_at)
        if others := describe_other_versions(resumed.versions):
            log.warning("step %d was made with %s: what follows may be rounded otherwise", resumed.step, others)
    try:
        trainer.fit(module, data, ckpt_path=str(folder.get_state_path(resumed.step)) if resumed else None)
    except DivergedError as error:
        found = folder.list_checkpoints()
        good = (
            f"the last checkpoint before it is {folder.get_state_path(found[-1].step)}"
            if found
            else "there is no checkpoint"
        )
        raise DivergedError(f"{error}; {good}") from error
    finally:
        module.teardown("fit")  # Lightning leaves that out where a fit ends with an error


def _check_same_steps(
    trainer: L.Trainer, data: RecordsDataModule, folder: CheckpointFolder, resumed: CheckpointManifest
) -> None:
    """Another number of devices continues the same steps, unless the last one of an epoch is too small for it."""
    before, now = resumed.world_size, trainer.world_size
    if before == now:
        return
    if not data.has_same_steps(before, now):
        raise UserError(
            f"{folder.path} holds an unfinished training on {before} devices, this one has {now}, for which the last "
            "step of an epoch has too few records and joins the one before it, so that the steps are others; use as "
            "many devices, or remove that folder to start over"
        )
    log.warning(
        "step %d was saved on %d devices, this training has %d: the same records in the same steps, but other draws "
        "of dropout and sums in another order",
        resumed.step, before, now,
    )  # fmt: skip


def measure_held_out_loss(
    trainer: L.Trainer,
    module: FineTune,
    data: RecordsDataModule,
    folder: CheckpointFolder,
    *,
    keep: Keep,
) -> float:
    """The held-out loss, in nats a token, of the weights that are kept, which are in the module afterwards."""
    loss = _validate(trainer, module, data)
    best = folder.find_best()
    if keep == "last" or best is None or best.val_loss is None or best.val_loss >= loss:
        return loss
    if not folder.is_intact(best):
        log.warning("%s is damaged or gone: keeping the last weights", folder.get_state_path(best.step))
        return loss
    log.info("keeping the weights of step %d, whose held-out loss was the lowest", best.step)
    state = torch.load(folder.get_state_path(best.step), map_location="cpu", weights_only=True)["state_dict"]
    trainer.strategy.load_model_state_dict({"state_dict": state}, strict=False)
    return _validate(trainer, module, data)


def _validate(trainer: L.Trainer, module: FineTune, data: RecordsDataModule) -> float:
    return float(trainer.validate(module, data, verbose=False)[0]["val_loss"])
