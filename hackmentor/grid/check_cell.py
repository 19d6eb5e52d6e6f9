"""Whether a cell can be trained where it would lie. Imports nothing heavy."""

from __future__ import annotations

from hackmentor.cell.checkpoints import CheckpointFolder
from hackmentor.cell.fingerprint import deciding
from hackmentor.cell.folder import cell_folder
from hackmentor.config.schema import Config
from hackmentor.model.base import base_folder
from hackmentor.records.dataset_folder import data_folder
from hackmentor.track.tracked_run import check_tracker


def check(config: Config) -> bool:
    """Refuses a cell that can't be trained, before anything heavy is loaded. Returns whether it is done already.

    Raises:
        UserError: if the base or the data is missing, or the cell's folder holds another cell, finished or begun.
    """
    base_folder(config)
    data_folder(config).sha256()
    check_tracker(config)
    folder = cell_folder(config)
    if folder.is_done(config):
        return True
    if folder.checkpoints.is_dir():
        CheckpointFolder(folder.checkpoints, config.train.keep_checkpoints).refuse_others(deciding(config))
    return False
