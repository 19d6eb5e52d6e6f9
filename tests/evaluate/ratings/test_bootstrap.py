"""Intervals: repeatable, as wide as they claim, and by question where questions are named."""

from __future__ import annotations

import numpy as np
import pytest

from hackmentor.evaluate.ratings.battles import fold_pairs
from hackmentor.evaluate.ratings.bootstrap import build_population, draw_resamples
from hackmentor.evaluate.ratings.bradley_terry import POINTS_PER_NAT
from hackmentor.evaluate.ratings.fitted_ratings import fit_ratings
from hackmentor.evaluate.ratings.ratings_summary import compute_ratings
from tests.evaluate.ratings.synthetic_battles import BattleRow, battle_row, build_battles, simulate_battles


def mean_interval_width(rows: list[BattleRow]) -> float:
    low, high = fit_ratings(build_battles(rows), rounds=2000, seed=0).compute_intervals()
    return float((high - low).mean())


def test_the_seed_decides() -> None:
    battles = build_battles(simulate_battles([0.0, 1.0, 2.0], 100, seed=0))
    first, again, other = (fit_ratings(battles, rounds=100, seed=seed).compute_intervals() for seed in (7, 7, 8))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_intervals_cover_the_truth_about_as_often_as_they_claim() -> None:
    truth = np.array([0.0, 0.4, 0.8, 1.2])
    expected = 1000 + POINTS_PER_NAT * (truth - truth.mean())
    covered = []
    for seed in range(150):
        low, high = fit_ratings(
            build_battles(simulate_battles(truth, 200, seed=seed, ties=0)), rounds=200, seed=0
        ).compute_intervals()
        covered.append((low <= expected) & (expected <= high))
    # 600 intervals, correlated in each file: 0.95 give or take a few hundredths.
    assert 0.91 < np.mean(covered) < 0.98


def test_battles_repeated_on_one_question_add_no_certainty() -> None:
    rows = simulate_battles([0.0, 0.5, 1.0], 120, seed=3)
    once = [{**row, "question_id": number} for number, row in enumerate(rows)]
    assert mean_interval_width(once * 4) == pytest.approx(mean_interval_width(once), rel=0.001)
    assert mean_interval_width(rows * 4) == pytest.approx(mean_interval_width(rows) / 2, rel=0.1)


def test_kinds_of_questions_are_drawn_as_often_as_the_questions_would_be() -> None:
    rows = [battle_row("a", "b", "model_a", question_id=number) for number in range(30)]
    rows += [battle_row("a", "b", "model_b", question_id=number) for number in range(20, 30)]
    battles = build_battles(rows)
    pairs = fold_pairs(battles)
    population = build_population(battles, pairs, smooth=False)
    assert (len(population.probabilities), population.draws) == (2, 30)
    drawn = np.concatenate(list(draw_resamples(population, 1, rounds=4000, stack_size=1000, seed=0)))[:, 0]
    lost, tied, won = drawn.T
    assert (won == 30).all()
    assert (tied == 0).all()
    assert lost.mean() == pytest.approx(10, abs=0.2)
    assert lost.var() == pytest.approx(30 * (1 / 3) * (2 / 3), rel=0.1)


def test_how_many_are_fitted_at_once_changes_nothing() -> None:
    battles = build_battles(simulate_battles([0.0, 1.0, 2.0], 50, seed=0))
    pairs = fold_pairs(battles)
    population = build_population(battles, pairs, smooth=True)
    whole, parts = (
        np.concatenate(list(draw_resamples(population, len(pairs), rounds=25, stack_size=stack_size, seed=1)))
        for stack_size in (25, 4)
    )
    assert np.array_equal(whole, parts)


def test_questions_of_one_cluster_are_drawn_together() -> None:
    rows = simulate_battles([0.0, 0.5, 1.0], 120, seed=3)
    named = [{**row, "question_id": number} for number, row in enumerate(rows)]
    copies = [{**row, "question_id": f"{row['question_id']}/{copy}"} for copy in range(4) for row in named]
    clustered = [{**row, "cluster": row["question_id"].partition("/")[0]} for row in copies]
    assert mean_interval_width(clustered) == pytest.approx(mean_interval_width(named), rel=0.001)
    assert mean_interval_width(copies) == pytest.approx(mean_interval_width(named) / 2, rel=0.1)
    summary = compute_ratings(build_battles(clustered), reference=None, rounds=100, seed=0)
    assert (summary["questions"], summary["clusters"]) == (480, 120)
    alone = compute_ratings(build_battles(named), reference=None, rounds=100, seed=0)
    assert alone["clusters"] is None
    loose = compute_ratings(build_battles(copies), reference=None, rounds=100, seed=0)["win_rate"]["m0"]
    rate = summary["win_rate"]["m0"]
    assert rate["high"] - rate["low"] > 1.5 * (loose["high"] - loose["low"])


@pytest.mark.parametrize("cluster", [None, "", True, 0.5, ["a"]])
def test_a_cluster_of_another_kind_is_none(cluster: object) -> None:
    row = battle_row("a", "b", "tie", question_id=1, cluster=cluster)
    assert not build_battles([row]).has_clusters
