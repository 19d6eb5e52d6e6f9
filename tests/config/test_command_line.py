"""What is typed is read as it is meant, or the message prints the word to type."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from hackmentor.cli import main
from hackmentor.config.command_line import name_new_experiment, quote_values
from hackmentor.config.compose import CommandRequest, compose_grid, compose_job, hydra_initialized
from hackmentor.config.schema import Config
from hackmentor.runtime.errors import UserError

PATHS = [
    "models/模型/llama",
    "models/für",
    "a=b",
    "a#b",
    "a&b",
    "m/llama(1)",
    "it's",
    "~x/y",
    "a b",
    "a;b",
    "a|b",
    'a"b',
]


def compose(*words: str, verb: str = "train", multirun: bool = False) -> list[Config]:
    overrides = tuple(name_new_experiment(quote_values(words), None))
    request = CommandRequest(verb, overrides, multirun)
    with hydra_initialized(request) as hydra:
        return [cell.config for cell in compose_grid(hydra, request).cells]


@pytest.mark.parametrize("path", PATHS)
def test_a_path_is_what_was_typed(path: str) -> None:
    (config,) = compose(f"base.path={path}")
    assert config.base.path == path


def test_the_elements_of_a_list_and_of_a_sweep_are_quoted_one_by_one() -> None:
    (config,) = compose("data.sources=[cwe,文档/a b,c=d]")
    assert config.data.sources == ["cwe", "文档/a b", "c=d"]
    cells = compose("base.path=模型/a,m=b", multirun=True)
    assert [config.base.path for config in cells] == ["模型/a", "m=b"]


def test_what_hydra_reads_stays_as_it_is() -> None:
    lines = [
        "data=iio,turn",
        "optimizer.lr=interval(1e-5, 1e-2)",
        'a="模型"',
        "data.sources=[cwe,attack]",
        "~judge",
        "x",
    ]
    assert quote_values(lines) == lines


@pytest.mark.parametrize("value", ["llama(1)", '"open', "[open", "{a", "interval(1", "模型[1]"])
def test_the_word_to_type_works(value: str) -> None:
    with pytest.raises(UserError, match="can't read") as refused:
        quote_values([f"base.path={value}"])
    (word,) = shlex.split(re.split("type ", str(refused.value))[1])
    (config,) = compose(word)
    assert config.base.path == value


@pytest.mark.parametrize("verb", ["status", "chat"])
def test_a_comma_in_a_text_is_quoted_as_the_message_shows(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    key = "base.path" if verb == "status" else "adapter"
    assert main([verb, f"{key}=模型/a,b"]) == 2
    said = capsys.readouterr().err
    (word,) = shlex.split(said.rpartition("for one text type ")[2])
    assert len(said.splitlines()) == 1
    (config,) = compose(word.replace("adapter", "base.path"))
    assert config.base.path == "模型/a,b"


@pytest.mark.parametrize("value", ["null", "7", "true", "1.5"])
@pytest.mark.parametrize("group", ["experiment", "base", "hydra/launcher"])
def test_a_group_takes_names_only(value: str, group: str, capsys: pytest.CaptureFixture[str]) -> None:
    if group == "experiment" and value != "null":  # is the name of a new one
        return
    assert main(["status", f"{group}={value}"]) == 2
    assert f"hackmentor status: {group}={value}: {group} " in capsys.readouterr().err


def test_home_is_expanded_in_every_path(workplace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(workplace / "home"))
    home = str(workplace / "home" / "x")
    (config,) = compose(
        "paths.outputs=~/x", "paths.models=~/x", "paths.data=~/x", "base.path=~/x", "evaluate.files=[~/x]",
        "data.against=[~/x]", "inspect.output=~/x", "tracker=tensorboard",
    )  # fmt: skip
    paths = config.paths
    assert {paths.outputs, paths.models, paths.data, config.base.path, config.inspect.output} == {home}
    assert [*config.evaluate.files, *config.data.against] == [home, home]
    assert config.tracker.arguments["save_dir"] == f"{home}/tensorboard"  # type: ignore[union-attr]
    request = CommandRequest("train", tuple(quote_values(["paths.outputs=~/x"])))
    with hydra_initialized(request) as hydra:
        composed, _ = compose_job(hydra, request)
    assert composed.hydra.run.dir.startswith(home)


def test_no_folder_is_called_tilde(workplace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(workplace / "home"))
    (workplace / "b.json").write_text('[{"model_a": "x", "model_b": "y", "win": "model_a"}]')
    assert main(["rate", "battles=b.json", 'output="~/r.json"', "rounds=100"]) == 0
    assert (workplace / "home" / "r.json").is_file()
    assert not (workplace / "~").exists()


class TestNamesOfExperiments:
    def test_a_new_name_is_one_and_is_said(self, capsys: pytest.CaptureFixture[str]) -> None:
        for name in ("second", "2024", "v1.2", "true"):
            (config,) = compose(f"experiment={name}")
            assert config.experiment == name
            assert f"experiment={name}: no file of that name in" in capsys.readouterr().err

    def test_a_name_counts_more_than_that_of_the_file(self) -> None:
        configs = compose("experiment=embedded", "experiment_name=second")
        assert {config.experiment for config in configs} == {"second"}
        assert len(configs) == 2
        assert configs[0].train.max_records == 96

    def test_a_misspelt_one_is_refused_and_both_ways_out_work(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["status", "experiment=embeded"]) == 2
        message = capsys.readouterr().err
        assert "did you mean embedded?" in message
        (word,) = re.findall(r"\((experiment_name=\S+) gives", message)
        (config,) = compose(word)
        assert config.experiment == "embeded"
        assert len(compose("experiment=embedded")) == 2

    def test_what_is_no_name(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["status", "experiment_name=a/b"]) == 2
        assert "a name holds letters" in capsys.readouterr().err
        assert main(["status", "experiment=a/b"]) == 2
        assert "experiment=a/b: experiment has no such option; there are: embedded, paper\n" in capsys.readouterr().err


KEYS = {
    "judge": (["evaluate", "judge=llm", "judge.model=x", "judge.concurrency=0"], "judge.concurrency=0: "),
    "job": (["data", "teach", "teacher.model=x", "job.count=0"], "job.count=0: "),
    "plain union": (["status", "trainer.devices=x"], "trainer.devices=x: "),
    "method": (["status", "method.rank=x"], "method.rank=x: "),
    "tracker": (["status", "tracker.mode=z"], "tracker.mode=z: "),
    "format": (["export", "cell", "format=gguf", "format.dtype=z"], "format.dtype=z: "),
    "guest": (["evaluate", "evaluate.endpoints=[{name: x}]"], "evaluate.endpoints.0.base_url: needs a value"),
}


@pytest.mark.parametrize(("words", "expected"), KEYS.values(), ids=KEYS.keys())
def test_a_key_is_named_as_it_is_typed(
    words: list[str], expected: str, capsys: pytest.CaptureFixture[str], workplace: Path
) -> None:
    assert main(words) == 2
    lines = capsys.readouterr().err.partition(": ")[2].splitlines()
    assert lines[0].startswith(expected)
    assert sum(line.startswith(expected) for line in lines) == 1


def test_variables_of_wandb_are_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"MODE": "online", "PROJECT": "team", "ENTITY": "lab"}.items():
        monkeypatch.setenv(f"WANDB_{name}", value)
    tracker = compose()[0].tracker
    assert (tracker.mode, tracker.project, tracker.entity) == ("online", "team", "lab")  # type: ignore[union-attr]
    tracker = compose("tracker.project=mine", "tracker.entity=null", "tracker.mode=offline")[0].tracker
    assert (tracker.mode, tracker.project, tracker.entity) == ("offline", "mine", None)  # type: ignore[union-attr]
    for name in ("MODE", "PROJECT", "ENTITY"):
        monkeypatch.delenv(f"WANDB_{name}")
    tracker = compose()[0].tracker
    assert (tracker.mode, tracker.project, tracker.entity) == ("offline", "hackmentor", None)  # type: ignore[union-attr]


def test_the_quotes_for_a_number_that_is_a_name_work() -> None:
    with pytest.raises(UserError, match="quote a number that is meant as text: ") as refused:
        compose("name=2024")
    (word,) = shlex.split(str(refused.value).rpartition("text: ")[2])
    assert compose(word)[0].name == "2024"
