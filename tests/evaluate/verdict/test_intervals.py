"""Intervals at any level, and the test of a margin that follows from them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm, ttest_1samp

from hackmentor.evaluate.verdict.intervals import (
    BootstrapInterval,
    Interval,
    NewcombeInterval,
    StudentInterval,
    compute_p_above,
    compute_p_below,
)

DRAWN = np.random.default_rng(0).normal(0.2, 1.0, size=50)
ERROR = float(DRAWN.std(ddof=1) / np.sqrt(50))
RESAMPLED = np.random.default_rng(1).choice(DRAWN, size=(4000, 50)).mean(axis=1)
INTERVALS: list[Interval] = [
    StudentInterval(float(DRAWN.mean()), ERROR, 49),
    BootstrapInterval(RESAMPLED, 50),
    NewcombeInterval(30, 9, 4, 17),
]


@pytest.mark.parametrize("interval", INTERVALS, ids=lambda interval: type(interval).__name__)
def test_a_margin_is_left_out_exactly_where_p_is_below_the_tail(interval: Interval) -> None:
    low, high = interval.compute_bounds(0.9)
    assert compute_p_above(interval, low - 1e-3) < 0.05 < compute_p_above(interval, low + 1e-3)
    assert compute_p_below(interval, high + 1e-3) < 0.05 < compute_p_below(interval, high - 1e-3)
    wide = interval.compute_bounds(0.99)
    assert wide[0] < low < high < wide[1]


def test_of_a_mean_it_is_students_test() -> None:
    peer = ttest_1samp(DRAWN, -0.1, alternative="greater")
    assert compute_p_above(INTERVALS[0], -0.1) == pytest.approx(peer.pvalue, rel=1e-6)
    assert compute_p_above(INTERVALS[1], -0.1) == pytest.approx(peer.pvalue, abs=0.01)


def test_a_margin_beyond_the_value_is_not_shown_and_one_far_away_is() -> None:
    assert compute_p_above(INTERVALS[0], 5.0) == 0.5
    assert compute_p_above(INTERVALS[0], -50.0) == pytest.approx(1e-6)


def test_newcombe_of_a_fraction_of_the_items_is_wider_by_its_root() -> None:
    whole = NewcombeInterval(300, 90, 40, 170).compute_bounds(0.95)
    quarter = NewcombeInterval(75, 22.5, 10, 42.5).compute_bounds(0.95)
    assert quarter[1] - quarter[0] == pytest.approx(2 * (whole[1] - whole[0]), rel=0.03)


def test_newcombe_nears_the_normal_interval_of_many_items() -> None:
    low, high = NewcombeInterval(40_000, 12_000, 8_000, 40_000).compute_bounds(0.95)
    error = np.sqrt((0.2 - 0.04**2) / 100_000)
    assert (low, high) == pytest.approx((0.04 - norm.ppf(0.975) * error, 0.04 + norm.ppf(0.975) * error), abs=1e-4)
