"""Every option and every experiment composes into a typed configuration."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hydra.core.config_store import ConfigStore

from hackmentor.config.compose import CommandRequest, Grid, compose_grid, compose_settings, hydra_initialized
from hackmentor.config.help import VERBS, VERBS_ON_FILES
from hackmentor.config.schema import ChatConfig, Config, ExportConfig
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.paths import CONF_FOLDER, EXPERIMENTS_FOLDER


def compose(*overrides: str, verb: str = "train", multirun: bool = False, config_dir: Path | None = None) -> Grid:
    request = CommandRequest(verb, overrides, multirun, config_dir)
    with hydra_initialized(request) as hydra:
        return compose_grid(hydra, request)


def names(grid: Grid) -> list[str]:
    return [cell.config.name for cell in grid.cells]


# What else an option needs to go with the default cell.
NEEDS = {
    "base=llama": ["size=7b"],
    "base=vicuna": ["size=13b"],
    "base=qwen3": ["size=8b"],
    "base=llama3": ["size=8b"],
    "base=gemma3": ["size=1b"],
    "base=mistral": ["size=7b"],
    "base=phi4": ["size=14b"],
    "base=smollm3": ["size=3b"],
    "base=foundation-sec": ["size=8b"],
    "base=qwen2.5": ["size=0.5b"],
    "base=gpt-oss": ["size=20b"],
    "base=auto": ["size=auto", "model=ours/Tiny-1b"],
    "size=auto": ["base=auto", "model=ours/Tiny-1b"],
    "size=270m": ["base=gemma3"],
    "size=0.5b": ["base=qwen2.5"],
    "size=1.5b": ["base=qwen2.5"],
    "size=20b": ["base=gpt-oss"],
    "size=120b": ["base=gpt-oss"],
    "size=0.6b": ["base=qwen3"],
    "size=1b": ["base=llama3"],
    "size=1.7b": ["base=qwen3"],
    "size=3b": ["base=smollm3"],
    "size=3.8b": ["base=phi4"],
    "size=4b": ["base=qwen3"],
    "size=8b": ["base=qwen3"],
    "size=12b": ["base=gemma3"],
    "size=14b": ["base=phi4"],
    "size=27b": ["base=gemma3"],
    "size=32b": ["base=qwen3"],
    "size=70b": ["base=llama3"],
    "size=7b": ["base=llama"],
    "size=13b": ["base=vicuna"],
    "method=full": ["quant=none"],
    "method=dora": ["quant=nf4"],
    "method=pissa": ["quant=none"],
    "trainer=fsdp": ["quant=none"],
    "teacher=local": ["teacher.model=served"],
}
OPTIONS = [
    f"{file.parent.name}={file.stem}"
    for file in sorted(CONF_FOLDER.glob("*/*.yaml"))
    if file.parent.name not in ("hydra", "format")
]
FORMATS = [file.stem for file in sorted((CONF_FOLDER / "format").glob("*.yaml"))]


# Groups and sections that one command alone has.
OWN_VERBS = {
    "fetch": "fetch",
    "teacher": "teach",
    "job": "teach",
    "judge": "evaluate",
    "plan": "plan",
    "review": "review",
}


@pytest.mark.parametrize("option", OPTIONS)
def test_every_option_composes(option: str) -> None:
    verb = OWN_VERBS.get(option.partition("=")[0], "train")
    assert compose(option, *NEEDS.get(option, []), verb=verb).cells


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_composes(name: str) -> None:
    request = CommandRequest("export", (f"format={name}", "cell=some-cell"))
    with hydra_initialized(request) as hydra:
        assert compose_settings(hydra, request, ExportConfig).format.name == name


@pytest.mark.parametrize("verb", [verb for verb in VERBS if verb not in (*VERBS_ON_FILES, "chat")])
def test_every_verb_composes_the_same_cell(verb: str) -> None:
    config = compose("data=iio", verb=verb.split()[-1]).cells[0].config
    own = {group: None for group, only in OWN_VERBS.items() if only == verb.split()[-1]}
    assert config.model_copy(update=own) == compose("data=iio").cells[0].config


def test_chat_composes_the_same_cell_and_how_it_is_talked_to() -> None:
    request = CommandRequest("chat", ("data=iio",))
    with hydra_initialized(request) as hydra:
        config = compose_settings(hydra, request, ChatConfig)
    own = set(ChatConfig.model_fields) - set(Config.model_fields)
    assert config.model_dump(exclude=own) == compose("data=iio").cells[0].config.model_dump()


@pytest.mark.parametrize("file", sorted(EXPERIMENTS_FOLDER.glob("*.yaml")), ids=lambda file: file.stem)
def test_every_experiment_is_a_grid_of_its_own_name(file: Path) -> None:
    grid = compose(f"experiment={file.stem}")
    assert grid.is_sweep
    assert {cell.config.experiment for cell in grid.cells} == {file.stem}


def test_the_paper_grid_has_the_published_names() -> None:
    expected = {f"{b}-{s}-lora-{d}" for b in ("llama", "vicuna") for s in ("7b", "13b") for d in ("iio", "turn")}
    assert set(names(compose("experiment=paper"))) == expected


def test_a_name_is_made_of_the_four_groups() -> None:
    assert names(compose("base=llama", "size=13b", "data=turn")) == ["llama-13b-lora-turn"]


def test_the_command_line_narrows_an_experiment() -> None:
    assert names(compose("experiment=embedded", "data=iio")) == ["smollm2-135m-lora-iio"]


def test_a_grid_from_the_command_line() -> None:
    grid = compose("base=llama,vicuna", "size=7b", "data=iio,turn", multirun=True)
    assert len(set(names(grid))) == 4


def test_data_builds_both_default_sets() -> None:
    assert [cell.config.data.name for cell in compose(verb="data").cells] == ["iio", "turn"]


def test_a_base_is_one_file(tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    text = (CONF_FOLDER / "base" / "smollm2.yaml").read_text()
    (tmp_path / "base" / "mine.yaml").write_text(text.replace("name: smollm2", "name: mine"))
    assert names(compose("base=mine", config_dir=tmp_path)) == ["mine-135m-lora-iio"]


def test_a_size_is_one_file(tmp_path: Path) -> None:
    (tmp_path / "size").mkdir()
    checkpoint = f"{{hub_id: huggyllama/llama-30b, revision: {'a' * 40}}}"
    text = f"name: 30b\nmicro_batch_tokens: 2048\ncheckpoints:\n  llama: {checkpoint}\n"
    (tmp_path / "size" / "30b.yaml").write_text(text)
    (cell,) = compose("base=llama", "size=30b", config_dir=tmp_path).cells
    assert cell.config.name == "llama-30b-lora-iio"
    assert cell.config.checkpoint.hub_id == "huggyllama/llama-30b"
    with pytest.raises(UserError, match="vicuna has no size 30b"):
        compose("base=vicuna", "size=30b", config_dir=tmp_path)


def test_a_grid_is_one_file(tmp_path: Path) -> None:
    (tmp_path / "experiment").mkdir()
    text = (EXPERIMENTS_FOLDER / "embedded.yaml").read_text().replace("experiment: embedded", "experiment: mine")
    (tmp_path / "experiment" / "mine.yaml").write_text(text.replace("data: iio,turn", "data: turn"))
    grid = compose("experiment=mine", config_dir=tmp_path)
    assert grid.is_sweep
    assert [(cell.config.experiment, cell.config.name) for cell in grid.cells] == [("mine", "smollm2-135m-lora-turn")]


def test_a_key_in_a_file_that_no_one_reads_is_refused(tmp_path: Path) -> None:
    (tmp_path / "optimizer").mkdir()
    text = (CONF_FOLDER / "optimizer" / "adamw.yaml").read_text()
    (tmp_path / "optimizer" / "mine.yaml").write_text(text + "momentun: 0.9\n")
    with pytest.raises(UserError, match=r"optimizer\.momentun: there is no such key"):
        compose("optimizer=mine", config_dir=tmp_path)


def test_a_grid_of_methods_has_a_name_each() -> None:
    grid = compose("method=lora,rslora,dora,pissa,full", "method.dropout=0", "quant=none", multirun=True)
    expected = [f"smollm2-135m-{method}-iio" for method in ("lora", "rslora", "dora", "pissa", "full")]
    assert names(grid) == expected


def test_an_experiment_that_sets_dropout_runs_with_any_method() -> None:
    assert names(compose("experiment=embedded", "method=full", "quant=none", "data=iio")) == ["smollm2-135m-full-iio"]


CONFLICTS = {
    "full int8": (["method=full"], "and int8 weights take no gradient; use quant=none"),
    "full dropout": (["method=full", "quant=none", "method.dropout=0.1"], "method=full has none; leave it at 0"),
    "full rank": (["method=full", "quant=none", "+method.rank=8"], "method.rank: there is no such key"),
    "pissa int8": (["method=pissa"], "method.init=pissa factors the weights, which int8 weights can't be"),
    "pissa nf4": (["method.init=pissa", "quant=nf4"], "factors the weights, which nf4 weights can't be"),
    "pissa dora": (["method=pissa", "method.dora=true", "quant=none"], "could not be converted"),
    "dora int8": (["method=dora"], "PEFT loses the scales of int8 weights"),
    "fsdp int8": (["trainer=fsdp"], "fsdp shards weights, which int8 weights can't be; use quant=none"),
    "fsdp nf4": (["trainer=fsdp", "quant=nf4"], "shards weights, which nf4 weights can't be; use quant=none"),
    "fsdp pissa": (["trainer=fsdp", "quant=none", "method=pissa"], "no device holds whole; use method.init=default"),
    "fsdp 8 bit": (["trainer=fsdp", "quant=none", "optimizer=adamw_8bit"], "can't shard its moments"),
    "paged on cpu": (["trainer=cpu", "optimizer.name=paged_adamw_8bit"], "on a processor use adamw_8bit"),
    "lora+ full": (["method=full", "quant=none", "optimizer.lora_plus=16"], "method=full has none; leave it at null"),
    "unknown init": (["method.init=orthogonal"], "input should be 'default', 'pissa' or 'pissa_niter_16'"),
}  # fmt: skip


@pytest.mark.parametrize(("words", "expected"), CONFLICTS.values(), ids=CONFLICTS.keys())
def test_methods_that_cannot_be_are_refused_in_words(words: list[str], expected: str) -> None:
    with pytest.raises(UserError) as refused:
        compose(*words)
    assert expected in str(refused.value)


def test_gpu_settings() -> None:
    settings = compose("trainer=gpu").cells[0].config.trainer
    assert (settings.accelerator, settings.precision, settings.devices) == ("gpu", "bf16-mixed", 1)
    assert compose("trainer=ddp").cells[0].config.trainer.devices == -1
    settings = compose("trainer=fsdp", "quant=none").cells[0].config.trainer
    assert (settings.strategy, settings.devices) == ("fsdp", -1)


def test_what_can_not_be_sharded_is_left_out_of_a_grid() -> None:
    grid = compose("trainer=fsdp", "quant=int8,none", "method=lora,pissa", multirun=True)
    assert len(grid.cells) == 1
    assert len(grid.impossible) == 3


def test_every_checkpoint_is_pinned_or_resolved_when_it_is_fetched() -> None:
    for option in (option for option in OPTIONS if option.startswith("base=")):
        config = compose(option, *NEEDS.get(option, [])).cells[0].config
        for checkpoint in config.base.checkpoints.values():
            assert re.fullmatch("[0-9a-f]{40}|main", checkpoint.revision)


def test_any_model_by_its_name_beside_others_in_one_sweep() -> None:
    grid = compose("model=Qwen/Qwen2.5-0.5B-Instruct,ours/Tiny-360M@v2", "data=iio,turn", multirun=True)
    bases = "qwen2.5-instruct-0.5b", "tiny-360m"
    assert names(grid) == [f"{base}-lora-{data}" for base in bases for data in ("iio", "turn")]
    config = grid.cells[2].config
    assert (config.checkpoint.hub_id, config.checkpoint.revision) == ("ours/Tiny-360M", "v2")
    assert (config.base.templates["turn"], config.base.lora_targets) == ("own", ["all-linear"])


def test_the_user_may_name_the_parts() -> None:
    assert names(compose("model=microsoft/phi-4", "base.name=phi", "size.name=14b")) == ["phi-14b-lora-iio"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["model=/nowhere/at/all"], "model=/nowhere/at/all: there is no such folder"),
        (["base=auto"], "name one, or another base="),
        (["model=a/b-1b", "base=llama3", "size=1b"], "both name a base"),
        (["model=a/b-1b,c/b-1b"], "two cells would share the name b-1b-lora-iio"),
    ],
)
def test_a_model_that_names_nothing_is_refused_in_words(words: list[str], expected: str) -> None:
    with pytest.raises(UserError) as refused:
        compose(*words, multirun="," in words[0])
    assert expected in str(refused.value)


def test_another_plugin_with_an_option_of_our_name_changes_nothing() -> None:
    # As hydra-optuna-sweeper has it.
    ConfigStore.instance().store(group="hydra/sweeper", name="optuna", node={"defaults": [{"sampler": "tpe"}]})
    assert len(compose("hydra/sweeper=optuna", "method.rank=choice(4,8)").cells) == 2
