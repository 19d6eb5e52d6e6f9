"""Which cells are runs of one configuration, and what the two seeds decide."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hackmentor.cell.fingerprint import describe_differences, get_fingerprint_fields
from hackmentor.cli import main
from hackmentor.config.compose import CommandRequest, compose_grid, hydra_initialized
from hackmentor.config.schema import Config
from hackmentor.evaluate.configurations import group_runs

CELL = "smollm2-135m-lora-iio"


def compose(*words: str) -> dict[str, Config]:
    request = CommandRequest("evaluate", words, multirun=True)
    with hydra_initialized(request) as hydra:
        return {cell.config.name: cell.config for cell in compose_grid(hydra, request).cells}


def test_seeds_of_one_configuration_are_its_runs() -> None:
    groups = group_runs(compose("seed=0,1", "method.rank=4,8", "data=iio"))
    assert groups == {f"{CELL}-rank{rank}": [f"{CELL}-seed{seed}-rank{rank}" for seed in (0, 1)] for rank in (4, 8)}


def test_cells_that_differ_otherwise_and_a_single_one_stand_alone() -> None:
    assert group_runs(compose("data=iio,turn")) == {
        name: [name] for name in ("smollm2-135m-lora-iio", "smollm2-135m-lora-turn")
    }
    assert group_runs(compose("seed=3", "data=iio")) == {CELL: [CELL]}


def test_seeds_that_split_the_data_too_as_in_010_are_no_runs_of_one_configuration() -> None:
    assert len(group_runs(compose("seed=0,1", "data_seed=null", "data=iio"))) == 2


@pytest.mark.parametrize(("number", "rest"), [("10", "-rank8"), ("1", "")])
def test_the_name_loses_its_seed_alone(number: str, rest: str) -> None:
    (config,) = compose("data=iio").values()
    names = [f"{CELL}-seed{seed}{rest}" for seed in (int(number), 0)]
    configs = {
        name: config.model_copy(update={"name": name, "seed": seed})
        for name, seed in zip(names, (int(number), 0), strict=True)
    }
    assert group_runs(configs) == {f"{CELL}{rest}": names}
    free = {name: configs[key] for name, key in zip(("a", "b"), names, strict=True)}
    assert group_runs(free) == {"a": ["a", "b"]}


def test_the_seed_of_the_data_makes_another_cell_only_where_records_are_drawn(tiny_words: list[str]) -> None:
    def get_fields(*words: str) -> dict[str, object]:
        (config,) = compose(*tiny_words, "data=iio", *words).values()
        return get_fingerprint_fields(config)

    # As cells of 0.1.0, whose one seed decided both.
    assert get_fields("seed=0") == get_fields("seed=0", "data_seed=null")
    assert get_fields("seed=1") == get_fields("seed=1", "data_seed=null")
    drawn = get_fields("seed=1", "train.max_records=5")
    earlier = get_fields("seed=1", "train.max_records=5", "data_seed=null")
    assert describe_differences(earlier, drawn) == "data_seed was None, now 0"
    assert get_fields("seed=0", "train.max_records=5") == get_fields("seed=0", "data_seed=null", "train.max_records=5")


def test_two_seeds_are_one_finding_over_the_same_items(tiny_words: list[str], workplace: Path) -> None:
    words = ["base=smollm2", "size=135m", "data=iio", *tiny_words, "tracker=none", "optimizer.lr=0.1"]
    for seed in (0, 1):
        assert main(["train", *words, f"seed={seed}", f"name={CELL}-seed{seed}"]) == 0
    assert main(["evaluate", "-m", *words, "seed=0,1", "evaluate.primary=[exam,general]"]) == 0
    verdict = json.loads((workplace / "outputs/adhoc/verdict.json").read_text())
    assert verdict["configurations"] == {CELL: [f"{CELL}-seed0", f"{CELL}-seed1"]}
    assert {finding["cell"] for finding in verdict["findings"]} == {CELL}
    assert all(len(finding["runs"]) == 2 for finding in verdict["findings"])
    assert {finding["measure"] for finding in verdict["findings"] if finding["role"] == "primary"} == {
        "exam",
        "general",
    }
    assert f"{CELL} stands for 2 runs that differ by seed." in verdict["paragraph"]
    assert main(["status", "-m", *words, "seed=0,1"]) == 0
    assert main(["review", "-m", *words, "seed=0,1"]) == 0


def test_a_primary_measure_that_is_not_measured_is_refused(
    trained: list[str], workplace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", *trained, "evaluate.primary=[exma]"]) == 2
    said = capsys.readouterr().err
    assert "evaluate.primary: exma is not measured here" in said
    assert "exam" in said.partition("here")[2]
    assert not list(workplace.rglob("held_out.json"))
