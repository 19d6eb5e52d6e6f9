"""Intervals: repeatable, as wide as they claim, and by question where questions are named."""

from __future__ import annotations

import numpy as np
import pytest

from hackmentor.evaluate.ratings.battles import pair_up
from hackmentor.evaluate.ratings.bootstrap import population, resamples
from hackmentor.evaluate.ratings.bradley_terry import POINTS_A_NAT
from hackmentor.evaluate.ratings.fitted_ratings import strengths
from tests.evaluate.ratings.synthetic_battles import Content, battles_of, fought, simulated


def width(rows: list[Content]) -> float:
    low, high = strengths(battles_of(rows), rounds=2000, seed=0).interval()
    return float((high - low).mean())


def test_the_seed_decides() -> None:
    battles = battles_of(simulated([0.0, 1.0, 2.0], 100, seed=0))
    first, again, other = (strengths(battles, rounds=100, seed=seed).interval() for seed in (7, 7, 8))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_intervals_cover_the_truth_about_as_often_as_they_claim() -> None:
    truth = np.array([0.0, 0.4, 0.8, 1.2])
    expected = 1000 + POINTS_A_NAT * (truth - truth.mean())
    covered = []
    for seed in range(150):
        low, high = strengths(battles_of(simulated(truth, 200, seed=seed, ties=0)), rounds=200, seed=0).interval()
        covered.append((low <= expected) & (expected <= high))
    # 600 intervals, correlated in each file: 0.95 give or take a few hundredths.
    assert 0.91 < np.mean(covered) < 0.98


def test_battles_repeated_on_one_question_add_no_certainty() -> None:
    rows = simulated([0.0, 0.5, 1.0], 120, seed=3)
    once = [{**row, "question_id": number} for number, row in enumerate(rows)]
    assert width(once * 4) == pytest.approx(width(once), rel=0.001)
    assert width(rows * 4) == pytest.approx(width(rows) / 2, rel=0.1)


def test_kinds_of_questions_are_drawn_as_often_as_the_questions_would_be() -> None:
    rows = [fought("a", "b", "model_a", question_id=number) for number in range(30)]
    rows += [fought("a", "b", "model_b", question_id=number) for number in range(20, 30)]
    battles = battles_of(rows)
    pairs = pair_up(battles)
    source = population(battles, pairs, smooth=False)
    assert (len(source.share), source.draws) == (2, 30)
    drawn = np.concatenate(list(resamples(source, 1, rounds=4000, at_once=1000, seed=0)))[:, 0]
    lost, tied, won = drawn.T
    assert (won == 30).all()
    assert (tied == 0).all()
    assert lost.mean() == pytest.approx(10, abs=0.2)
    assert lost.var() == pytest.approx(30 * (1 / 3) * (2 / 3), rel=0.1)


def test_how_many_are_fitted_at_once_changes_nothing() -> None:
    battles = battles_of(simulated([0.0, 1.0, 2.0], 50, seed=0))
    pairs = pair_up(battles)
    source = population(battles, pairs, smooth=True)
    whole, parts = (
        np.concatenate(list(resamples(source, len(pairs), rounds=25, at_once=at_once, seed=1))) for at_once in (25, 4)
    )
    assert np.array_equal(whole, parts)
