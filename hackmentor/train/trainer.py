"""Lightning's Trainer as an experiment asks for it."""

from __future__ import annotations

import logging
import sys
import warnings
from collections.abc import Sequence
from functools import partial
from typing import Literal

import lightning as L
from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.pytorch.callbacks import RichProgressBar
from lightning.pytorch.loggers import Logger

from hackmentor.runtime.errors import UserError
from hackmentor.train.checkpointing import AtomicCheckpointIO, CheckpointCallback
from hackmentor.train.fsdp import ShardedStrategy
from hackmentor.train.lightning_internals import set_collective_timeout


def build_trainer(
    *,
    checkpoints: CheckpointCallback,
    loggers: list[Logger],
    steps: int,
    validations: int,
    accelerator: str,
    devices: int | list[int] | Literal["auto"],
    num_nodes: int,
    strategy: str,
    precision: str,
    max_epochs: int,
    callbacks: Sequence[L.Callback] = (),
) -> L.Trainer:
    """A Trainer that saves where a fit can go on, and on a terminal shows loss, tokens a second and time left.

    `steps` is the number of optimizer steps of the whole fit; `validations` says how often in it.

    Raises:
        UserError: if this machine has no such device, or Lightning can't combine the settings.
    """
    quiet_lightning()
    on_terminal, sharded = sys.stdout.isatty(), strategy == "fsdp"
    make = partial(
        L.Trainer,
        accelerator=accelerator,
        devices=devices,
        num_nodes=num_nodes,
        strategy=ShardedStrategy() if sharded else strategy,
        precision=precision,  # type: ignore[arg-type]
        max_epochs=max_epochs,
        logger=loggers,
        callbacks=[checkpoints, *callbacks, *([FitProgressBar(leave=True)] if on_terminal else [])],
        enable_progress_bar=on_terminal,
        plugins=[AtomicCheckpointIO()],
        enable_checkpointing=False,  # Checkpoints does that
        reload_dataloaders_every_n_epochs=1,  # the data module deals out what is left of each epoch
        log_every_n_steps=1,
        check_val_every_n_epoch=None,
        val_check_interval=max(1, steps // validations),
        num_sanity_val_steps=0,
        inference_mode=not sharded,  # what a device gathers in a validation it may use again in a step
        use_distributed_sampler=False,  # the data module deals out the records itself
        enable_model_summary=False,
    )
    try:
        trainer = make()
    except (MisconfigurationException, RuntimeError) as error:
        raise UserError(f"trainer: Lightning refuses these settings: {str(error).splitlines()[0]}") from error
    set_collective_timeout(trainer)
    return trainer


class FitProgressBar(RichProgressBar):
    """Lightning's bar without the version number of a logger, which means nothing here."""

    def get_metrics(
        self, trainer: L.Trainer, model: L.LightningModule
    ) -> dict[str, int | str | float | dict[str, float]]:
        """What stands right of the bar."""
        return {name: value for name, value in super().get_metrics(trainer, model).items() if name != "v_num"}


def quiet_lightning() -> None:
    """Silences what Lightning says about every run and what is no news here, so that a real warning is seen."""
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    for message in (
        "Total length of `DataLoader` across ranks is zero",  # a fit that was over continues with no step
        "`isinstance\\(treespec, LeafSpec\\)`",
        ".*does not have many workers",  # records are tokenised before the first step
    ):
        warnings.filterwarnings("ignore", message=message)
