"""What is to be done with each cell, decided from the files in its folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from hackmentor.cell.checkpoints import CheckpointFolder, CheckpointManifest
from hackmentor.cell.fingerprint import get_fingerprint_fields
from hackmentor.cell.folder import CellFolder, get_cell_folder
from hackmentor.config.compose import CommandRequest, ComposedCell, Grid, compose_grid, hydra_initialized
from hackmentor.config.schema import GridSettings
from hackmentor.grid.cell_order import sort_cells
from hackmentor.grid.schedule import ScheduledCell, schedule_cells
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.files import write_json
from hackmentor.runtime.lock import lock_held

FAILED = "[2026-01-01 00:00:00,000][hackmentor][ERROR] - the cell failed\nValueError: no luck\n"


def grid(*words: str) -> Grid:
    request = CommandRequest("train", words, multirun=True)
    with hydra_initialized(request) as hydra:
        return compose_grid(hydra, request)


def settings(**words: object) -> GridSettings:
    whole = {"parallel": 1, "order": "as_given", "retry": "failed", "fail_fast": False}
    return GridSettings.model_validate({**whole, **words})


def planned(cells: tuple[ComposedCell, ...], **words: object) -> dict[str, ScheduledCell]:
    return {one.name.rpartition("-")[2]: one for one in schedule_cells(cells, settings(**words))}


@pytest.fixture
def cells(workplace: Path, tiny_words: list[str]) -> tuple[ComposedCell, ...]:
    """Six cells: one is done, one failed, one was cut off after a step, one is new; two are for the test."""
    cells = grid(*tiny_words, "seed=0,1,2,3,4,5").cells
    done, failed, cut = (get_cell_folder(cell.config) for cell in cells[:3])
    done.mark_done(cells[0].config)
    for folder in (failed, cut):
        folder.path.mkdir()
    failed.log.write_text(FAILED)
    checkpoint(cut, cells[2])
    return cells


def checkpoint(folder: CellFolder, cell: ComposedCell, **other: object) -> None:
    file = folder.checkpoints / "step=7.ckpt"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"")
    CheckpointFolder(folder.checkpoints, 2).add(
        CheckpointManifest(7, "", {**get_fingerprint_fields(cell.config), **other}, 1, None, "")
    )


def test_the_same_command_again(cells: tuple[ComposedCell, ...]) -> None:
    with lock_held(get_cell_folder(cells[4].config).lock):
        found = planned(cells)
    actions = {name: one.action for name, one in found.items()}
    assert actions == {"seed0": "done", "seed1": "run", "seed2": "run", "seed3": "run", "seed4": "wait", "seed5": "run"}
    assert found["seed2"].reason == "continues after step 7"
    assert "is being trained by process" in found["seed4"].reason


def test_what_failed_is_left_by_choice(cells: tuple[ComposedCell, ...]) -> None:
    found = planned(cells, retry="none")
    assert [found[name].action for name in ("seed0", "seed1", "seed2", "seed3")] == ["done", "leave", "run", "run"]
    assert "ValueError: no luck" in found["seed1"].reason


def test_every_cell_anew_keeps_what_was_there(cells: tuple[ComposedCell, ...]) -> None:
    found = planned(cells, retry="all")
    assert [found[f"seed{seed}"].restarts for seed in range(4)] == [True, True, True, False]
    folder = get_cell_folder(cells[0].config)
    for number in (1, 2):
        folder.mark_done(cells[0].config)
        folder.archive_files()
        assert (folder.earlier_attempts / str(number) / "done.json").is_file()
        assert not folder.done.exists()


def test_every_cell_that_would_overwrite_another_is_named(cells: tuple[ComposedCell, ...]) -> None:
    decided = {**get_fingerprint_fields(cells[3].config), "seed": 9}
    write_json(get_cell_folder(cells[3].config).done, {"fingerprint": "", "decided_by": decided})
    checkpoint(get_cell_folder(cells[5].config), cells[5], quant={"name": "none"})
    with pytest.raises(UserError) as refused:
        schedule_cells(cells, settings())
    first, second = str(refused.value).splitlines()
    assert "seed3 is finished with another configuration (seed was 9, now 3). Give this one another" in first
    assert "seed5" in second
    assert "quant.name was none, now int8" in second


def test_the_order(workplace: Path, tiny_words: list[str], tmp_path: Path) -> None:
    words = [word for word in tiny_words if not word.startswith("base.path")]
    cells = grid(*words, "size=13b,7b", "base=llama,vicuna", "train.max_records=20,5").cells
    given = [(one.config.untuned, one.config.train.max_records) for one in cells]
    by_base = [(one.config.untuned, one.config.train.max_records) for one in sort_cells(cells, "base")]
    cheapest = [(one.config.untuned, one.config.train.max_records) for one in sort_cells(cells, "cheapest")]
    assert [one.config for one in sort_cells(cells, "as_given")] == [one.config for one in cells]
    assert by_base == [(b, n) for b in ("llama-13b", "vicuna-13b", "llama-7b", "vicuna-7b") for n in (20, 5)]
    assert set(by_base) == set(cheapest) == set(given)
    assert [name.rpartition("-")[2] + f" {records}" for name, records in cheapest] == [
        *["7b 5"] * 2, *["13b 5"] * 2, *["7b 20"] * 2, *["13b 20"] * 2
    ]  # fmt: skip
