"""Train one cell: what needs no torch is done here, so that a finished cell never imports it."""

from __future__ import annotations

import logging

from hackmentor.cell.folder import get_cell_folder
from hackmentor.cell.versions import describe_other_versions, read_versions
from hackmentor.config.schema import Config
from hackmentor.model.cpu.onednn import limit_kernel_cache
from hackmentor.runtime.files import full_disk_reported
from hackmentor.runtime.heavy_imports import gc_paused_for_imports
from hackmentor.runtime.signals import StopSignalHandler
from hackmentor.track.tracked_run import tracked_run

log = logging.getLogger(__name__)


def train_cell(config: Config) -> float:
    """Trains one cell, loads back what it saved, and marks it done. Returns the held-out loss, in nats a token.

    A cell that is done with the same configuration is left as it is; one that was stopped goes on where it stopped.

    Raises:
        UserError: if checkpoints are there that this training can't go on from, or the disk is full.
        StoppedError: if a signal asked to stop, or the training diverged.
    """
    folder = get_cell_folder(config)
    if folder.is_done(config):
        others = describe_other_versions(read_versions(folder))
        log.info("%s is done already%s", config.name, f", made with {others}" if others else "")
        return folder.read_held_out_loss()
    with StopSignalHandler() as stop_signals, full_disk_reported(f"a file in {folder.path}", "Checkpoints are whole"):
        folder.write_config(config)
        # Before the imports: at its start W&B searches all imported modules, those of torch for half a second.
        with tracked_run(config, job_type="train", get_run_id=folder.get_run_id) as tracker:
            limit_kernel_cache()
            with gc_paused_for_imports():
                from hackmentor.train.fit_cell import fit_cell
            return fit_cell(config, folder, tracker, stop_signals)
