"""What an evaluation can show, in sentences: before it is run, and in the plan."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hackmentor.cli import main
from hackmentor.config.compose import CommandRequest, compose_grid, hydra_initialized
from hackmentor.config.schema import EvaluateSettings
from hackmentor.evaluate.power_statement import EvaluationPower, MeasureSize, build_size, compute_evaluation_power

CELLS = {"a": ["a"], "b": ["b"]}


def get_settings(*words: str) -> EvaluateSettings:
    with hydra_initialized(request := CommandRequest("evaluate", words)) as hydra:
        return compose_grid(hydra, request).cells[0].config.evaluate


def compute(items: int, *words: str, configurations: dict[str, list[str]] = CELLS) -> EvaluationPower:
    sizes = [
        MeasureSize("arena", "battles", (1,) * 32),
        MeasureSize("loss iio", "score", (2,) * 8),
        MeasureSize("exam", "share", (1,) * items),
    ]
    return compute_evaluation_power(sizes, get_settings(*words), configurations)


def test_few_items_are_warned_of_and_many_are_not() -> None:
    first, assumed, warning = compute(36).describe()
    assert "exam 24 points (36)" in first
    assert "loss iio 0.91 standard deviations (16 in 8 clusters)" in first
    assert "20% of items answered differently, all battles decided, 2 configurations of one seed each" in assumed
    assert warning.startswith("warning: too few items to tell cells apart on exam")
    assert len(list(compute(480).describe())) == 2


def test_what_a_wanted_difference_takes() -> None:
    (sentence,) = compute(480).describe_wanted()
    assert sentence.startswith("5 points on exam take 792 items")
    assert "or with these items no number of seeds" in sentence
    assert not list(compute(480, "evaluate.power.wanted=null").describe_wanted())
    assert not list(compute(2500).describe_wanted())
    seeded = compute(2500, "evaluate.power.wanted=0.03", "evaluate.power.seed_deviation=0.005")
    assert not list(seeded.describe_wanted())


def test_what_a_margin_takes() -> None:
    sizes = [MeasureSize("general", "share", (1,) * 120), MeasureSize("refuses harmful", "share", (1,) * 2500)]
    power = compute_evaluation_power(sizes, get_settings("evaluate.power.wanted=null"), {"a": ["a"]})
    (told,) = power.describe_wanted()
    assert told == '"not worse by 3 points" on general takes 1,374 items where there is no difference'
    assert (power.measures[1].margin, power.measures[1].items_for_margin) == (0.05, 495)


def test_primary_measures_and_seeds_count() -> None:
    alone, together = compute(480).measures[2], compute(480, "evaluate.primary=[exam,general]").measures[2]
    assert (alone.smallest or 0) < (together.smallest or 0)
    seeded = compute(480, configurations={"a": ["a0", "a1", "a2"], "b": ["b0", "b1", "b2"]})
    assert seeded.seeds == 3
    assert "2 configurations of 3 seeds each" in list(seeded.describe())[1]


def test_sizes_are_by_cluster() -> None:
    size = build_size("exam", "share", ["1", "2", "3", "4"], {"1": "CWE-79", "2": "CWE-79", "3": ""})
    assert (size.items, sorted(size.cluster_sizes)) == (4, [1, 1, 2])


def test_the_plan_and_the_first_line_of_an_evaluation_say_the_same(
    trained: list[str], workplace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plan", *trained, "plan.output=plan.json"]) == 0
    planned = capsys.readouterr().out
    assert "smallest difference to the base that the evaluation shows, with 80 % power" in planned
    assert "warning: too few items to tell cells apart on exam, general, refuses harmful" in planned
    assert "5 points on exam take" in planned
    power = json.loads(Path("plan.json").read_text())["evaluation"]
    assert [one["measure"] for one in power["measures"]][:4] == ["arena", "loss iio", "exam", "general"]
    assert main(["evaluate", *trained]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert said.startswith("smallest differences that this evaluation shows in four of five cases: arena nothing")
    verdict = json.loads((workplace / "outputs/adhoc/verdict.json").read_text())
    sizes = {finding["measure"]: (finding["items"], finding["clusters"]) for finding in verdict["findings"]}
    planned_sizes = {one["measure"]: (one["items"], one["clusters"]) for one in power["measures"]}
    # Of some held-out records nothing but the question is left at this cutoff.
    assert planned_sizes.pop("loss iio") >= sizes.pop("loss iio")
    assert planned_sizes == sizes


def test_a_plan_without_data_says_that_it_is_not_known(
    workplace: Path, tiny_words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    words = [word for word in tiny_words if not word.startswith("paths.data=")]
    assert main(["plan", *words]) == 0
    assert "what the evaluation can show is not known yet: data/iio: no dataset there" in capsys.readouterr().out
