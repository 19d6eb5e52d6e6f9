"""One attempt at a cell, up to where torch is needed. What that costs no cell pays that is done or can't begin."""

from __future__ import annotations

import logging
import os

from hackmentor.cell.folder import cell_folder
from hackmentor.config.schema import Config
from hackmentor.runtime.files import full_disk_in_words
from hackmentor.runtime.heavy_imports import heavy_imports
from hackmentor.runtime.signals import Interrupts
from hackmentor.track.tracked_run import tracked

log = logging.getLogger(__name__)

# oneDNN compiles some twenty products for each size of a pack, and would keep 1,024 of them: 0.3 MB each.
_COMPILED_KEPT = "64"


def attempt(config: Config) -> float:
    """Trains one cell, loads back what it saved, and marks it done. Returns the held-out loss, in nats a token.

    A cell that is done with the same configuration is left as it is; one that was stopped goes on where it stopped.

    Raises:
        UserError: if checkpoints are there that this training can't go on from, or the disk is full.
        StoppedError: if a signal asked to stop, or the training diverged.
    """
    folder = cell_folder(config)
    if folder.is_done(config):
        log.info("%s is done already", config.name)
        return folder.loss()
    with Interrupts() as interrupts, full_disk_in_words(f"a file in {folder.path}", "Checkpoints are whole"):
        folder.write_config(config)
        # Before the imports: as it begins, W&B searches all modules that are there, half a second of those of torch.
        with tracked(config, job="train", run_id=folder.run_id) as tracker:
            os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", _COMPILED_KEPT)
            with heavy_imports():
                from hackmentor.train.fit_cell import train_cell
            return train_cell(config, folder, tracker, interrupts)
