"""Items of one catalogue entry, page or dialogue count as one draw, in every measure."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binomtest

from hackmentor.evaluate.exam.exam_question import OWN_EXAM_TASK
from hackmentor.evaluate.exam.exam_result import ScoredAnswer, compute_score
from hackmentor.evaluate.judge.pair import Battle
from hackmentor.evaluate.verdict.compare_scores import compare_scores
from hackmentor.evaluate.verdict.findings import compare_with_bases
from hackmentor.evaluate.verdict.findings_tables import format_item_count
from hackmentor.evaluate.verdict.measure import ItemScores, Measure, build_measure
from hackmentor.evaluate.verdict.measures import measure_accuracy, measure_loss, measure_win_rate

BASES = {"cell": "base"}


def build_scores(values: list[float]) -> ItemScores:
    return ItemScores({str(number): (value, 1.0) for number, value in enumerate(values)})


def test_the_test_flips_whole_clusters() -> None:
    """Eight entries of three questions each, all gained: 8 signs, not 24."""
    entries = {str(number): f"CWE-{number // 3}" for number in range(24)}
    found = compare_scores(build_scores([1.0] * 24), build_scores([0.0] * 24), entries, seed=0)
    assert found.p == pytest.approx(binomtest(0, 8).pvalue)
    assert (found.items, found.clusters) == (24, 8)
    alone = compare_scores(build_scores([1.0] * 24), build_scores([0.0] * 24), {}, seed=0)
    assert alone.p == pytest.approx(binomtest(0, 24).pvalue)
    assert alone.low > found.low > 0


def test_a_loss_is_resampled_by_cluster() -> None:
    draw = np.random.default_rng(0)
    shared = np.repeat(draw.normal(-0.2, 0.5, size=30), 5)
    base, entries = build_scores([2.0] * 150), {str(number): str(number // 5) for number in range(150)}
    together = compare_scores(build_scores(list(2.0 + shared)), base, entries, seed=0)
    apart = compare_scores(build_scores(list(2.0 + shared)), base, {}, seed=0)
    assert together.value == pytest.approx(apart.value)
    # Five alike tell as much as one: the interval is wider by the root of five.
    assert (together.high - together.low) / (apart.high - apart.low) == pytest.approx(5**0.5, rel=0.15)


def get_clusters(measure: Measure) -> tuple[int, int | None]:
    (finding,) = compare_with_bases(measure, BASES, seed=0)
    return finding.items, finding.clusters


def test_each_measure_knows_its_clusters() -> None:
    records = [{"id": str(number), "nats": 2.0 + number, "tokens": 10} for number in range(6)]
    losses = {name: {"shapes": {"iio": {"records": records}}} for name in ("cell", "base")}
    (loss,) = measure_loss(losses, BASES, {str(number): f"T{number // 2}" for number in range(6)})
    assert get_clusters(loss) == (6, 3)
    answers = [{"id": str(number), "correct": number % 2} for number in range(6)]
    tasks = {"tasks": [{"task": OWN_EXAM_TASK, "chance": 0.25, "answers": answers}]}
    results, asked = {"cell": tasks, "base": tasks}, {str(number): "CWE-79" for number in range(3)}
    exam, general = measure_accuracy(results, {"3", "4", "5"}, BASES, asked)
    assert get_clusters(exam) == (3, 1)
    assert get_clusters(general) == (3, 3)
    battles = [Battle(f"q{n}", "iio", "c", "cell", "base", "model_a", "j", "", (), f"T{n // 3}") for n in range(6)]
    assert get_clusters(measure_win_rate(battles, BASES)) == (6, 2)
    assert get_clusters(measure_win_rate([replace(one, cluster="") for one in battles], BASES)) == (6, 6)


def test_tables_tell_clusters_where_there_are_some() -> None:
    scores = {"cell": build_scores([1.0] * 6), "base": build_scores([0.0] * 6)}
    for clusters, text in (({"0": "a", "1": "a"}, "6 in 5"), ({}, "6")):
        measure = build_measure("exam", "exam", "more", scores, BASES, clusters=clusters)
        (finding,) = compare_with_bases(measure, BASES, seed=0)
        assert format_item_count(finding) == text
    assert format_item_count(replace(finding, clusters=None)) == "6"


def test_a_standard_error_is_over_clusters_and_as_the_harness_has_it_without() -> None:
    answers = [ScoredAnswer(str(n), "c", n % 4 < 2, 0) for n in range(40)]
    assert compute_score(answers).standard_error == pytest.approx((0.25 / 39) ** 0.5)
    alike = [replace(answer, cluster=f"CWE-{n // 2}") for n, answer in enumerate(answers)]
    # Two of a cluster are right together: 20 draws.
    assert compute_score(alike).standard_error == pytest.approx((0.25 / 19) ** 0.5)
    assert compute_score([replace(answer, cluster="one") for answer in answers]).standard_error == 0.5
