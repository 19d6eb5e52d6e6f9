"""The names of the cells of a grid."""

from __future__ import annotations

from pathlib import Path

import pytest

from hackmentor.config.compose import CommandRequest, Grid, compose_grid, hydra_initialized
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.paths import EXPERIMENTS_FOLDER
from tests.config.test_compose import compose, names

CELL = "smollm2-135m-lora-iio"
SWEEPS = {
    "a number": (["optimizer.lr=1e-3,1e-5"], ["lr0.001", "lr1e-05"]),
    "two keys": (["method.rank=8,16", "optimizer.lr=1e-3"], ["rank8", "rank16"]),
    "in their order": (["seed=1,2", "method.rank=8"], ["seed1", "seed2"]),
    "a word": (["optimizer.schedule=linear,cosine"], ["schedule-linear", "schedule-cosine"]),
    "yes and no": (["method.rslora=true,false"], ["rslora-true", "rslora-false"]),
    "none": (["train.max_records=null,9"], ["max_records-none", "max_records9"]),
    "a list": (["method.targets=[q_proj],[q_proj,v_proj]"], ["targets-q_proj", "targets-q_proj-v_proj"]),
    "a group": (["quant=int8,nf4"], ["quant-int8", "quant-nf4"]),
    "alike at their ends": (
        ["train.cutoff=64,65", "evaluate.cutoff=66,67"],
        [f"train.cutoff{a}-evaluate.cutoff{b}" for a in (64, 65) for b in (66, 67)],
    ),
}


@pytest.mark.parametrize(("words", "endings"), SWEEPS.values(), ids=SWEEPS.keys())
def test_a_swept_key_is_put_behind_the_name(words: list[str], endings: list[str]) -> None:
    assert names(compose(*words, multirun=True)) == [f"{CELL}-{ending}" for ending in endings]


def test_what_the_name_tells_is_not_told_again() -> None:
    assert names(compose("data=iio,turn", "optimizer.lr=0.1", multirun=True)) == [CELL, "smollm2-135m-lora-turn"]
    template = "name='${method.name}-r${method.rank}'"
    assert names(compose(template, "method.rank=8,16", "seed=1,2", multirun=True)) == [
        f"lora-r{rank}-seed{seed}" for rank in (8, 16) for seed in (1, 2)
    ]


def test_each_cell_of_a_grid_alone_has_the_same_name_and_configuration(tmp_path: Path) -> None:
    grid = compose("optimizer.lr=1e-3,1e-4", "quant=int8,none", multirun=True)
    alone = [compose(*cell.overrides) for cell in grid.cells]
    assert [one.cells[0].config for one in alone] == [cell.config for cell in grid.cells]
    assert not any(one.is_sweep for one in alone)


def mine(tmp_path: Path, *words: str) -> Grid:
    (tmp_path / "experiment").mkdir(exist_ok=True)
    text = (EXPERIMENTS_FOLDER / "embedded.yaml").read_text().replace("experiment: embedded", "experiment: mine")
    swept = text.replace("data: iio,turn", "data: iio,turn\n      optimizer.lr: 1e-3,2e-3")
    (tmp_path / "experiment" / "mine.yaml").write_text(swept)
    return compose("experiment=mine", *words, config_dir=tmp_path)


def test_a_part_of_an_experiment_has_the_names_of_the_whole(tmp_path: Path) -> None:
    whole = mine(tmp_path)
    assert len(set(names(whole))) == 4
    part = mine(tmp_path, "optimizer.lr=2e-3", "data=iio")
    assert names(part) == [f"{CELL}-lr0.002"]
    assert names(part)[0] in names(whole)
    # The words that the review page gives for one cell name it already.
    with hydra_initialized(CommandRequest("train", part.cells[0].overrides, config_dir=tmp_path)) as hydra:
        again = compose_grid(hydra, CommandRequest("train", part.cells[0].overrides, config_dir=tmp_path))
    assert names(again) == names(part)


def test_two_cells_of_one_name_are_refused() -> None:
    with pytest.raises(UserError, match=f"two cells would share the name {CELL}-lr0.1; ask for it once"):
        compose("optimizer.lr=0.1,0.10", multirun=True)


def test_what_cannot_be_is_left_out_of_a_grid_with_the_reason() -> None:
    grid = compose("base=llama,smollm2", "size=7b,135m", multirun=True)
    assert names(grid) == ["llama-7b-lora-iio", CELL]
    assert {one.config.name: one.reason for one in grid.impossible} == {
        "llama-135m-lora-iio": "base=llama has no size 135m; it has 7b, 13b",
        "smollm2-7b-lora-iio": "base=smollm2 has no size 7b; it has 135m",
    }


def test_a_grid_of_nothing_else_is_refused() -> None:
    with pytest.raises(UserError, match="no cell of this grid is possible\nsmollm2-135m-full-iio: method=full trains"):
        compose("method=full", "seed=0", multirun=True)


@pytest.mark.parametrize("words", [["data=iio,trun"], ["optimizer.lr=0.1,no"], ["seed=1,2", "optimizr.lr=1"]])
def test_a_typo_in_a_grid_stops_all_of_it(words: list[str]) -> None:
    with pytest.raises(UserError, match=r"did you mean|should be a valid number"):
        compose(*words, multirun=True)
