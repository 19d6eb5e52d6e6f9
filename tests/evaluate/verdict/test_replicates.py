"""Runs that differ by seed are one finding, over all that seeds and items could be."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import ttest_1samp

from hackmentor.evaluate.verdict.compare_scores import compare_runs, compare_scores
from hackmentor.evaluate.verdict.findings import compare_measures
from hackmentor.evaluate.verdict.findings_tables import describe_tests
from hackmentor.evaluate.verdict.measure import ItemScores, build_measure
from hackmentor.evaluate.verdict.replicates import compare_replicates
from hackmentor.evaluate.verdict.verdict import Verdict, build_verdict

Floats = NDArray[np.float64]
Pair = tuple[ItemScores, ItemScores]


def build_scores(values: Floats) -> ItemScores:
    return ItemScores({str(number): (value, 1.0) for number, value in enumerate(values.tolist())})


def draw_runs(seed: int, runs: int, spread: float, items: int = 60) -> list[Pair]:
    """Losses of runs whose means differ by `spread`, on items that are as hard for each; the difference is -0.1."""
    draw = np.random.default_rng(seed)
    ease, base = draw.normal(0, 0.3, size=items), build_scores(np.full(items, 2.0))
    return [
        (build_scores(1.9 + draw.normal(0, spread) + ease + draw.normal(0, 0.3, size=items)), base) for _ in range(runs)
    ]


def test_where_seeds_alone_differ_it_is_students_test_over_seeds() -> None:
    shifts = np.array([-0.3, -0.1, -0.25])
    found = compare_replicates(np.tile(shifts[:, None], (1, 50)), np.ones(50), items=50)
    peer = ttest_1samp(shifts, 0.0)
    assert found.value == pytest.approx(shifts.mean())
    assert found.p == pytest.approx(peer.pvalue)
    assert (found.low, found.high) == pytest.approx(tuple(peer.confidence_interval()))


def test_where_items_alone_differ_it_is_students_test_over_items() -> None:
    draw = np.random.default_rng(0)
    by_item = draw.normal(0.2, 1.0, size=80)
    rest = draw.normal(0, 0.01, size=(3, 80))
    rest -= rest.mean(axis=1, keepdims=True)
    found = compare_replicates(by_item + rest, np.ones(80), items=80)
    assert found.p == pytest.approx(ttest_1samp(by_item, 0.0).pvalue, rel=0.02)


@pytest.mark.parametrize(("runs", "spread"), [(3, 0.0), (3, 0.1), (5, 0.05)])
def test_the_interval_holds_the_truth_as_often_as_it_says(runs: int, spread: float) -> None:
    held = 0
    for seed in range(300):
        found = compare_runs(draw_runs(seed, runs, spread), {}, seed=0)
        held += found.low <= -0.1 <= found.high
    assert 0.915 * 300 <= held <= 0.985 * 300


def test_items_in_clusters_widen_it_and_seeds_that_agree_tell_no_more_than_one() -> None:
    pairs = draw_runs(0, 3, 0.0)
    names = {str(number): str(number // 6) for number in range(60)}
    alike = [(ItemScores({key: own.items[str(int(key) // 6 * 6)] for key in own.items}), base) for own, base in pairs]
    together, apart = compare_runs(alike, names, seed=0), compare_runs(alike, {}, seed=0)
    assert (together.items, together.clusters) == (60, 10)
    assert together.high - together.low > 1.8 * (apart.high - apart.low)
    assert compare_runs([pairs[0]] * 3, {}, seed=0) == compare_scores(*pairs[0], {}, seed=0)


def test_shares_that_hardly_differ_keep_a_width() -> None:
    right, one_lost = np.ones(20), np.append(np.zeros(1), np.ones(19))
    runs = [(build_scores(own), build_scores(right)) for own in (right, right, one_lost)]
    found = compare_runs(runs, {}, seed=0)
    assert found.value == pytest.approx(-1 / 60)
    assert found.high > 0.03
    assert found.low < -0.07
    assert found.p > 0.3


def test_only_items_of_all_runs_count_and_none_in_common_is_refused() -> None:
    (own, base), *others = draw_runs(0, 3, 0.0)
    shorter = ItemScores(dict(list(own.items.items())[:50])), ItemScores(dict(list(base.items.items())[:50]))
    assert compare_runs([shorter, *others], {}, seed=0).items == 50
    elsewhere = [ItemScores({f"x{key}": pair for key, pair in scores.items.items()}) for scores in (own, base)]
    with pytest.raises(ValueError, match="no item in common"):
        compare_runs([(elsewhere[0], elsewhere[1]), *others], {}, seed=0)


CONFIGURATIONS = {"lora": ["lora-seed0", "lora-seed1", "lora-seed2"], "full": ["full"]}
BASES = {cell: "base" for cells in CONFIGURATIONS.values() for cell in cells}


def build_seed_verdict(spread: float = 0.05) -> Verdict:
    pairs = draw_runs(1, 4, spread)
    scores = {cell: own for cell, (own, _) in zip(BASES, pairs, strict=True)} | {"base": pairs[0][1]}
    scores["full"] = build_scores(np.full(60, 2.5) + np.arange(60) % 3 / 10)
    settings: dict[str, Any] = {"ratings": None, "judge": {}, "notes": [], "seed": 0}
    measure = build_measure("loss iio", "loss, iio", "less", scores, BASES)
    return build_verdict("x", [measure], BASES, decide_by="loss iio", configurations=CONFIGURATIONS, **settings)


def test_a_configuration_is_one_finding_and_one_name_in_the_verdict() -> None:
    verdict = build_seed_verdict()
    lora, full = verdict.findings
    assert (lora.cell, full.cell) == ("lora", "full")
    assert [run.cell for run in lora.runs] == CONFIGURATIONS["lora"]
    assert lora.difference == pytest.approx(np.mean([run.difference for run in lora.runs]))
    assert full.runs == ()
    assert "lora comes first among the cells." in verdict.paragraph
    assert "lora stands for 3 runs that differ by seed." in verdict.paragraph
    assert "lora-seed" not in verdict.paragraph
    assert "lora (3 seeds)" in " ".join(describe_tests(verdict))
    written = verdict.to_json()
    assert written["configurations"] == CONFIGURATIONS
    assert written["findings"][0]["runs"][1]["cell"] == "lora-seed1"


def test_the_correction_counts_configurations() -> None:
    verdict = build_seed_verdict()
    (alone,) = compare_measures(verdict.measures, BASES, seed=0, configurations={"lora": CONFIGURATIONS["lora"]})
    lora = verdict.findings[0]
    assert lora.p in (pytest.approx(alone.p), pytest.approx(2 * alone.p))


def test_one_run_speaks_of_itself() -> None:
    pairs = draw_runs(1, 1, 0.0)
    scores = {"lora": pairs[0][0], "base": pairs[0][1]}
    measure = build_measure("loss iio", "loss, iio", "less", scores, {"lora": "base"})
    verdict = build_verdict(
        "x", [measure], {"lora": "base"}, decide_by="loss iio", ratings=None, judge={}, notes=[], seed=0
    )
    assert verdict.paragraph.endswith("This speaks of one run: another seed could come out otherwise.")
