"""The smallest difference that is shown with 80 % power, against simulations and published figures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binomtest, ttest_1samp

from hackmentor.evaluate.verdict.intervals import NewcombeInterval, compute_p_above
from hackmentor.evaluate.verdict.power import (
    PowerAssumptions,
    compute_power,
    count_effective_items,
    find_items_for_margin,
    find_needed_items,
    find_needed_seeds,
    find_smallest_difference,
    find_smallest_effect,
)

ASSUMED = PowerAssumptions()


@pytest.mark.parametrize(("items", "difference"), [(20, 0.5), (36, 0.21), (200, 0.09)])
def test_the_power_is_that_of_the_test_itself(items: int, difference: float) -> None:
    draw, share = np.random.default_rng(0), max(0.2, difference)
    gained = draw.binomial(items, (share + difference) / 2, size=2000)
    lost = draw.binomial(items - gained, (share - difference) / 2 / (1 - (share + difference) / 2))
    shown = [a + b > 0 and binomtest(int(a), int(a + b)).pvalue < 0.05 for a, b in zip(gained, lost, strict=True)]
    assert compute_power(difference, items, ASSUMED) == pytest.approx(np.mean(shown), abs=0.035)


def test_without_a_difference_it_is_the_level_at_most() -> None:
    assert 0 < compute_power(0.0, 480, ASSUMED) <= 0.05
    assert compute_power(0.0, 480, replace(ASSUMED, comparisons=10)) <= 0.005


def test_smallest_differences_in_points() -> None:
    """About those of the normal approximation, 2.8 sqrt(share / items), which is bold for few items."""
    found = [round(100 * (find_smallest_difference(items, ASSUMED) or 0), 1) for items in (36, 200, 480, 2500)]
    assert found == [21.1, 9.1, 5.9, 2.5]
    assert find_smallest_difference(5, ASSUMED) is None
    more = find_smallest_difference(480, replace(ASSUMED, comparisons=12))
    assert more == pytest.approx(0.076, abs=0.003)


def test_needed_items_show_the_wanted_difference() -> None:
    needed = find_needed_items(0.05, ASSUMED)
    assert needed is not None
    assert 620 < needed < 700
    assert compute_power(0.05, needed, ASSUMED) >= 0.8
    assert find_needed_items(0.0005, ASSUMED) is None


def test_items_for_a_margin_show_it_where_there_is_no_difference() -> None:
    items = find_items_for_margin(0.05, ASSUMED)
    draw, shown = np.random.default_rng(4), 0
    for _ in range(300):
        gained, lost, _same = (int(count) for count in draw.multinomial(items, [0.1, 0.1, 0.8]))
        rest = items - gained - lost
        shown += compute_p_above(NewcombeInterval(rest / 2, gained, lost, rest / 2), -0.05) < 0.05
    assert shown / 300 == pytest.approx(0.8, abs=0.07)
    assert find_items_for_margin(0.03, ASSUMED) == 1374


def test_seeds_average_their_own_noise_but_not_that_of_items() -> None:
    noisy = replace(ASSUMED, seed_deviation=0.03)
    seeds = find_needed_seeds(0.05, 2500, noisy)
    assert seeds is not None
    assert compute_power(0.05, 2500, replace(noisy, seeds=seeds)) >= 0.8
    assert compute_power(0.05, 2500, replace(noisy, seeds=seeds - 1)) < 0.8
    assert find_needed_seeds(0.05, 200, noisy) is None


def test_of_several_seeds_it_is_that_of_a_simulation() -> None:
    draw, assumed = np.random.default_rng(1), PowerAssumptions(seed_deviation=0.03, seeds=4)
    # So many items that seeds alone matter: Student's test over four runs.
    runs = draw.normal(0.05, 0.03, size=(4000, 4))
    shown = float(np.mean(ttest_1samp(runs, 0.0, axis=1).pvalue < 0.05))
    assert compute_power(0.05, 10_000_000, assumed) == pytest.approx(shown, abs=0.03)


def test_scores_are_told_in_standard_deviations() -> None:
    effect = find_smallest_effect(50, ASSUMED)
    assert effect is not None
    values = np.random.default_rng(2).normal(effect, 1.0, size=(3000, 50))
    shown = float(np.mean(ttest_1samp(values, 0.0, axis=1).pvalue < 0.05))
    assert shown == pytest.approx(0.8, abs=0.025)
    assert find_smallest_effect(1, ASSUMED) is None


def test_items_of_a_cluster_count_for_less() -> None:
    assert count_effective_items([1] * 40, 0.5) == 40
    assert count_effective_items([4] * 100, 0.1) == int(400 / 1.3)
    assert count_effective_items([4] * 100, 1.0) == 100
    assert count_effective_items([1], 0.1) == 1
