"""Lightning's Trainer as an experiment asks for it."""

from __future__ import annotations

import logging
import warnings
from functools import partial
from pathlib import Path
from typing import Literal

import lightning as L
from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.pytorch.callbacks import Callback, ModelCheckpoint, RichProgressBar
from lightning.pytorch.loggers import CSVLogger, Logger

from hackmentor.errors import UserError


def build_trainer(
    *,
    folder: Path,
    loggers: list[Logger],
    steps: int,
    validations: int,
    checkpoints: int,
    accelerator: str,
    devices: int | list[int] | Literal["auto"],
    num_nodes: int,
    strategy: str,
    precision: str,
    max_epochs: int,
    max_steps: int,
) -> L.Trainer:
    """A Trainer that writes metrics.csv and checkpoints into the folder and shows loss, tokens a second and time left.

    `steps` is the number of optimizer steps of the whole fit; `validations` and `checkpoints` say how often in it.

    Raises:
        UserError: if this machine has no such device, or Lightning can't combine the settings.
    """
    quiet_lightning()
    make = partial(
        L.Trainer,
        accelerator=accelerator,
        devices=devices,
        num_nodes=num_nodes,
        strategy=strategy,
        precision=precision,  # type: ignore[arg-type]
        max_epochs=max_epochs,
        max_steps=max_steps,
        logger=[CSVLogger(folder, name="", version=""), *loggers],
        callbacks=_callbacks(folder, max(1, steps // checkpoints)),
        log_every_n_steps=1,
        check_val_every_n_epoch=None,
        val_check_interval=max(1, steps // validations),
        num_sanity_val_steps=0,
        use_distributed_sampler=False,  # the data module deals out the records itself
        enable_model_summary=False,
    )
    try:
        return make()
    except (MisconfigurationException, RuntimeError) as error:
        raise UserError(f"trainer: Lightning refuses these settings: {str(error).splitlines()[0]}") from error


class Progress(RichProgressBar):
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
        "Using ModelCheckpoint with manual optimization",  # the weights after the step are the ones that we want
        "Experiment logs directory",  # metrics.csv lies beside the other files of the cell
        "`isinstance\\(treespec, LeafSpec\\)`",
        ".*does not have many workers",  # records are tokenised before the first step
        "`is_gradient_checkpointing` is deprecated",  # PEFT asks transformers in the old way
    ):
        warnings.filterwarnings("ignore", message=message)


def _callbacks(folder: Path, every: int) -> list[Callback]:
    checkpoint = ModelCheckpoint(
        dirpath=folder / "checkpoints",
        filename="{step}",
        every_n_train_steps=every,
        save_top_k=1,
        monitor="step",
        mode="max",
        save_last="link",
        enable_version_counter=False,
    )
    return [checkpoint, Progress(leave=True)]
