"""What a refusal tells the user to type is typed here, and works."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from hackmentor.cell.base_files import find_base_folder
from hackmentor.cell.checkpoints import CheckpointFolder
from hackmentor.cell.find import split_name_and_overrides
from hackmentor.cell.folder import CellFolder, get_cell_folder
from hackmentor.chat.resolve_model import resolve_model
from hackmentor.config.command_line import name_new_experiment, quote_values
from hackmentor.config.compose import CommandRequest, compose_grid, hydra_initialized
from hackmentor.config.schema import Config
from hackmentor.grid.study import open_study
from hackmentor.model.identity import BaseWeights, refuse_other_weights
from hackmentor.records.dataset_folder import locate_dataset
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


def refuse_other_base(folder: CellFolder, _: Config) -> None:
    before = BaseWeights("smollm2-135m", "of others").to_json()
    refuse_other_weights(str(folder.path), before, BaseWeights("smollm2-135m", "of these"))


REFUSALS = [refuse_finished, refuse_unfinished, refuse_locked, refuse_other_search, refuse_other_base]


@pytest.mark.parametrize("refuse", REFUSALS)
@pytest.mark.parametrize("words", [["data=iio"], ["experiment=embedded"]], ids=" ".join)
def test_each_way_out_leads_to_another_folder(
    refuse: Callable[[CellFolder, Config], None], words: list[str], small_data: Path, workplace: Path
) -> None:
    words = [*words, f"paths.data={small_data}"]
    (first, *_) = compose(*words)
    with pytest.raises(UserError) as refused:
        refuse(get_cell_folder(first), first)
    grid = len(compose(*words))
    ways = re.findall(r"\b(experiment_name|experiment|name)=NAME", str(refused.value))
    assert "experiment_name" in ways
    for key in ways:
        names = ("second", "embedded2", "2024" if key == "experiment_name" else "v2")
        for name in names if refuse is refuse_finished else names[:1]:  # a name works the same in each of them
            configs = compose(*words, f"{key}={name}")
            folders = {get_cell_folder(config).path for config in configs}
            assert get_cell_folder(first).path not in folders
            assert len(folders) == grid, "the grid is still the grid"
            if key == "experiment_name":
                assert {folder.parent.name for folder in folders} == {name}


PATHS = ["模型", "für alle", "~home", "a=b", "it's (x)", "a,b", "[1]", "$HOME", "a#b"]


def read_command(message: str) -> list[str]:
    """The words of the command that a message shows, as a shell reads them."""
    return shlex.split(message[message.index("hackmentor ") :].partition("`")[0])


@pytest.mark.parametrize("path", PATHS)
def test_an_adapter_of_unknown_base_is_used_as_the_message_shows(path: str, workplace: Path) -> None:
    adapter = workplace / path / "lora_models" / "mine"
    adapter.mkdir(parents=True)
    (adapter / "adapter_config.json").write_text("{}")
    models = f'paths.models="{workplace / path}"'
    with pytest.raises(UserError) as refused:
        resolve_model(CommandRequest("chat", (models,)), "mine")
    program, verb, *words = read_command(str(refused.value))
    assert (program, verb, words[:2]) == ("hackmentor", "chat", ["base=...", "size=..."])
    name, overrides = split_name_and_overrides(quote_values(["base=smollm2", "size=135m", *words[2:]]))
    found = resolve_model(CommandRequest("chat", tuple(overrides)), name)
    assert found.adapter == adapter


def test_weights_that_are_missing_are_fetched_as_the_message_shows(workplace: Path) -> None:
    (config,) = compose("data=iio", "base=llama", "size=7b")
    with pytest.raises(UserError) as refused:
        find_base_folder(config)
    _, verb, *words = read_command(str(refused.value))
    request = CommandRequest(verb, tuple(words))
    with hydra_initialized(request) as hydra:
        (cell,) = compose_grid(hydra, request).cells
    assert (verb, cell.config.untuned) == ("fetch", "llama-7b")


@pytest.mark.parametrize("path", PATHS)
def test_weights_are_named_where_they_lie(path: str, tiny_llama: Path, workplace: Path) -> None:
    """`base.path=FOLDER`, as that message proposes."""
    shutil.copytree(tiny_llama, workplace / path)
    quoted = path if not set(path) & set(",[]$") else f'"{path}"'
    (config,) = compose(*quote_values(["data=iio", f"base.path={quoted}"]))
    assert find_base_folder(config).samefile(workplace / path)


def test_data_that_is_missing_is_built_as_the_message_shows(workplace: Path) -> None:
    (config,) = compose("data=turn")
    with pytest.raises(UserError) as refused:
        locate_dataset(config).read_hashes()
    _, verb, *words = read_command(str(refused.value))
    request = CommandRequest(verb, tuple(words))
    with hydra_initialized(request) as hydra:
        assert [cell.config.data.name for cell in compose_grid(hydra, request).cells] == ["turn"]
    assert verb == "data"


@pytest.mark.parametrize("argument", ["trained", "begun"])
def test_a_cell_that_is_not_there_names_the_command_that_makes_it(argument: str, workplace: Path) -> None:
    folder = workplace / "outputs" / "adhoc" / "smollm2-135m-lora-iio"
    if argument == "begun":
        folder.mkdir(parents=True)
        (folder / "state.json").write_text("{}")
    with pytest.raises(UserError, match="hackmentor train") as refused:
        resolve_model(CommandRequest("chat", ()), "smollm2-135m-lora-iio")
    assert ("continues it" in str(refused.value)) == (argument == "begun")
