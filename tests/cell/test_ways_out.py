"""What a refusal tells the user to type is typed here, and works."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from hackmentor.cell.checkpoints import CheckpointFolder
from hackmentor.cell.folder import CellFolder, get_cell_folder
from hackmentor.config.command_line import name_new_experiment
from hackmentor.config.compose import CommandRequest, compose_grid, hydra_initialized
from hackmentor.config.schema import Config
from hackmentor.grid.study import open_study
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.lock import CHOOSE_ANOTHER_CELL


def compose(*words: str) -> list[Config]:
    request = CommandRequest("train", tuple(name_new_experiment(words, None)))
    with hydra_initialized(request) as hydra:
        return [cell.config for cell in compose_grid(hydra, request).cells]


def refuse_finished(folder: CellFolder, config: Config) -> None:
    folder.path.mkdir(parents=True)
    folder.done.write_text(json.dumps({"fingerprint": "of another", "decided_by": {"seed": 1}}))
    folder.is_done(config)


def refuse_unfinished(folder: CellFolder, _: Config) -> None:
    folder.checkpoints.mkdir(parents=True)
    manifest = {"step": 1, "sha256": "", "decided_by": {}, "world_size": 1, "val_loss": None, "saved_at": ""}
    (folder.checkpoints / "step=1.json").write_text(json.dumps(manifest))
    CheckpointFolder(folder.checkpoints, keep=1).check_same_configuration({"seed": 1})


def refuse_locked(folder: CellFolder, _: Config) -> None:
    raise UserError(CHOOSE_ANOTHER_CELL)


def refuse_other_search(folder: CellFolder, _: Config) -> None:
    file = folder.path.parent / "study.jsonl"
    for seed in (0, 1):
        open_study(file, seed=0, startup_trials=1, settings={"seed": seed})


@pytest.mark.parametrize("refuse", [refuse_finished, refuse_unfinished, refuse_locked, refuse_other_search])
@pytest.mark.parametrize("words", [["data=iio"], ["experiment=embedded"]], ids=" ".join)
def test_each_way_out_leads_to_another_folder(
    refuse: Callable[[CellFolder, Config], None], words: list[str], small_data: Path, workplace: Path
) -> None:
    words = [*words, f"paths.data={small_data}"]
    (first, *_) = compose(*words)
    with pytest.raises(UserError) as refused:
        refuse(get_cell_folder(first), first)
    ways = re.findall(r"\b(experiment_name|experiment|name)=NAME", str(refused.value))
    assert "experiment_name" in ways
    for key in ways:
        for name in ("second", "embedded2", "2024" if key == "experiment_name" else "v2"):
            configs = compose(*words, f"{key}={name}")
            folders = {get_cell_folder(config).path for config in configs}
            assert get_cell_folder(first).path not in folders
            assert len(folders) == len(compose(*words)), "the grid is still the grid"
            if key == "experiment_name":
                assert {folder.parent.name for folder in folders} == {name}
