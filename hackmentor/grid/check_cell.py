"""Checks that a cell can be trained, before anything heavy is imported."""

from __future__ import annotations

from hackmentor.cell.checkpoints import CheckpointFolder
from hackmentor.cell.fingerprint import get_fingerprint_fields
from hackmentor.cell.folder import get_cell_folder
from hackmentor.config.schema import Config
from hackmentor.model.base import find_base_folder
from hackmentor.model.identity import identify_base_weights, refuse_other_weights
from hackmentor.pretrained.quantisation import refuse_other_quantisation
from hackmentor.records.dataset_folder import locate_dataset
from hackmentor.runtime.errors import UserError


def check_cell(config: Config) -> bool:
    """Checks that a cell can be trained, its tracker aside (`check_trackers`). Returns whether it is done already.

    Raises:
        UserError: if the base or the data is missing, the base is quantised otherwise already, or the cell's folder
            holds another configuration or was trained on another base, finished or begun, or has a link in place of
            one of its files; or if weights would be trained in bf16.
    """
    base_folder = find_base_folder(config)
    refuse_other_quantisation(base_folder, config.quant.name)
    base = identify_base_weights(config.untuned, base_folder)
    locate_dataset(config).read_hashes()
    folder = get_cell_folder(config)
    folder.refuse_linked_files()
    if folder.is_done(config):
        refuse_other_weights(str(folder.path), folder.read_base(), base)
        return True
    _refuse_weights_in_bf16(config)
    if folder.checkpoints.is_dir():
        checkpoints = CheckpointFolder(folder.checkpoints, config.train.keep_checkpoints)
        checkpoints.check_same_configuration(get_fingerprint_fields(config))
        for checkpoint in checkpoints.list_checkpoints():
            refuse_other_weights(f"{folder.checkpoints}, an unfinished training,", checkpoint.base, base)
    return False


def _refuse_weights_in_bf16(config: Config) -> None:
    """Not in `find_conflicts`: cells of earlier versions that were trained so can be evaluated and used."""
    if config.trainer.precision == "bf16-true":
        raise UserError(
            "trainer.precision=bf16-true: what is trained would be held in bf16, whose three digits most updates are "
            "too small to change; use bf16-mixed, which computes in bf16 all the same"
        )
