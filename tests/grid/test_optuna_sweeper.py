"""hydra/sweeper=optuna: each trial a cell of its own, a search that the same command goes on with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import TrialState

from hackmentor.cli import main
from hackmentor.config.cell_names import append_swept_values
from hackmentor.config.compose import CommandRequest, compose_grid, hydra_initialized
from hackmentor.config.search_space import list_representative_overrides
from hackmentor.grid.study import build_search_space, count_completed_trials, open_study
from hackmentor.runtime.errors import UserError
from tests.grid.forking import Forking

SEARCH = ["optimizer.lr=tag(log, interval(1e-5, 1e-2))", "method.rank=choice(4, 8)", "hydra/sweeper=optuna"]


def parsed(*words: str) -> list[Override]:
    return OverridesParser.create().parse_overrides(list(words))


def test_sweeps_become_distributions() -> None:
    words = ["a.lr=tag(log,interval(1e-5,1e-2))", "a.rank=int(interval(4,64))", "a.steps=range(10,50,10)"]
    found = build_search_space(parsed(*words, "data=choice(iio,turn)", "seed=3"))
    assert found == {
        "a.lr": FloatDistribution(1e-5, 1e-2, log=True),
        "a.rank": IntDistribution(4, 64),
        "a.steps": IntDistribution(10, 40, step=10),
        "data": CategoricalDistribution(["iio", "turn"]),
    }


def test_a_search_is_checked_at_its_corners() -> None:
    found = list_representative_overrides(parsed("a.lr=int(interval(1,2))", "data=choice(iio,turn,x)", "seed=3"))
    assert found == [
        ["a.lr=1", "data=iio", "seed=3"],
        ["a.lr=2", "data=iio", "seed=3"],
        ["a.lr=1", "data=turn", "seed=3"],
        ["a.lr=1", "data=x", "seed=3"],
    ]


def test_a_wrong_end_of_an_interval_is_refused_before_the_start(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "optimizer.lr=interval(-1.0,1e-2)", "hydra/sweeper=optuna"]) == 2
    assert "optimizer.lr=-1.0: input should be greater than 0" in capsys.readouterr().err


def test_an_interval_of_fractions_for_a_whole_number_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "method.rank=interval(4,64)", "hydra/sweeper=optuna"]) == 2
    assert "method.rank=23.0986: input should be a valid integer" in capsys.readouterr().err


def test_a_trial_is_named_for_what_its_cell_is_not() -> None:
    values = {"optimizer.lr": 0.00042137845, "method.rank": 8, "train.keep": "best"}
    assert append_swept_values("llama-7b-lora-turn", values, []) == "llama-7b-lora-turn-lr0.000421378-rank8-keep-best"


def test_the_corners_of_a_search_are_cells_with_names() -> None:
    request = CommandRequest("train", tuple(SEARCH))
    with hydra_initialized(request) as hydra:
        grid = compose_grid(hydra, request)
    names = [cell.config.name.removeprefix("smollm2-135m-lora-iio-") for cell in grid.cells]
    assert grid.is_sweep
    assert names == ["lr1e-05-rank4", "lr0.01-rank4", "lr0.00318992-rank4", "lr1e-05-rank8"]


ASKED = {"over": {"a.lr": "interval(0,1)"}, "train": {"epochs": 1}}


def test_a_search_goes_on_with_what_was_cut_off_and_draws_nothing_twice(tmp_path: Path) -> None:
    distributions = build_search_space(parsed("a.lr=interval(0.0,1.0)"))
    file = tmp_path / "outputs" / "search.jsonl"
    study = open_study(file, seed=0, startup_trials=10, settings=ASKED)
    first, failed, cut_off = (study.ask(distributions) for _ in range(3))
    study.tell(first, 1.0)
    study.tell(failed, state=TrialState.FAIL)
    study = open_study(file, seed=0, startup_trials=10, settings=ASKED)
    assert count_completed_trials(study) == 1
    again = [study.ask(distributions).params for _ in range(2)]
    assert again[0] == cut_off.params
    assert again[1] not in (first.params, failed.params, cut_off.params)


def test_another_search_in_the_same_place_is_refused(tmp_path: Path) -> None:
    open_study(tmp_path / "search.jsonl", seed=0, startup_trials=10, settings=ASKED)
    with pytest.raises(UserError, match=r"train\.epochs was 1, now 2"):
        open_study(tmp_path / "search.jsonl", seed=0, startup_trials=10, settings={**ASKED, "train": {"epochs": 2}})


def test_a_search_trains_its_trials_and_the_same_command_goes_on(
    workplace: Path, tiny_words: list[str], forking_server: Forking, capfd: pytest.CaptureFixture[str]
) -> None:
    # The records are too long: trials that refuse them fail, those that cut them are done.
    words = [
        *tiny_words,
        "tracker=none",
        "quant=none",
        "train.overlength=choice(truncate,error)",
        "hydra/sweeper=optuna",
    ]
    words += ["hydra.sweeper.n_jobs=2", "hydra.sweeper.startup_trials=100"]
    folder = workplace / "outputs" / "adhoc"
    search = forking_server.run("train", [*words, "hydra.sweeper.n_trials=4"], workplace)
    assert search.returncode == 1
    said = " ".join((search.stdout + search.stderr).split())
    assert "over train.cutoff=256" in said
    (done,) = folder.glob("*/done.json")
    assert done.parent.name == "smollm2-135m-lora-iio-overlength-truncate"
    loss = json.loads((done.parent / "card.json").read_text())["figures"]["val_loss"]
    assert f"trials: {loss:.4f}, with train.overlength=truncate" in said
    before = done.stat().st_mtime_ns
    assert main(["train", *words, "hydra.sweeper.n_trials=1"]) == 0  # there is one already
    assert f"trials: {loss:.4f}" in "".join(capfd.readouterr())
    assert done.stat().st_mtime_ns == before
    assert main(["status", *words]) == 0
    said = "".join(capfd.readouterr())
    assert f"lowest held-out loss: {loss:.4f}, {done.parent.name} (train.overlength=truncate)" in said
    assert f"{done.parent.name.replace('truncate', 'error')}: " in said  # why it failed


def test_two_copies_of_a_search_take_turns(workplace: Path, tiny_words: list[str], forking_server: Forking) -> None:
    words = [*tiny_words, "tracker=none", "quant=none", "method.rank=choice(2,4)", "hydra/sweeper=optuna"]
    words += ["hydra.sweeper.startup_trials=100", "hydra.sweeper.n_trials=2", "trainer.max_steps=2"]
    outputs = [workplace / "first", workplace / "second"]
    copies = [forking_server.start(words, workplace, output) for output in outputs]
    codes = [forking_server.wait(copy) for copy in copies]
    said = [output.read_text() for output in outputs]
    assert codes == [0, 0], said
    waited = [text for text in said if "is being searched by process" in " ".join(text.split())]
    assert len(waited) == 1
    study = open_study(
        workplace / "outputs" / "adhoc" / "search.jsonl", seed=0, startup_trials=1, settings=read_settings(workplace)
    )
    assert [trial.state for trial in study.get_trials()] == [TrialState.COMPLETE] * 2
    assert all("lowest held-out loss of 2 trials" in " ".join(text.split()) for text in said)


def read_settings(workplace: Path) -> dict[str, object]:
    """What the study in outputs/adhoc was asked for."""
    for line in (workplace / "outputs" / "adhoc" / "search.jsonl").read_text().splitlines():
        if asked := json.loads(line).get("user_attr", {}).get("asked"):
            return dict(asked)
    raise AssertionError


def test_a_search_of_an_earlier_version_goes_on(tmp_path: Path) -> None:
    """It kept the number of devices, which decides nothing."""
    file = tmp_path / "search.jsonl"
    open_study(file, seed=0, startup_trials=10, settings={**ASKED, "trainer": {"devices": 1, "max_epochs": 3}})
    open_study(file, seed=0, startup_trials=10, settings={**ASKED, "trainer": {"max_epochs": 3}})
