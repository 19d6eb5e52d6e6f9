"""Differences on the same items, and whether they are more than chance."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, permutation_test

from hackmentor.evaluate.verdict.paired_test import PairedDifference, adjust_holm, compare_paired_means


def compare(own: list[float], base: list[float], weights: list[float] | None = None, seed: int = 0) -> PairedDifference:
    return compare_paired_means(own, base, weights or [1.0] * len(own), seed=seed)


def test_a_gain_on_every_item_is_significant() -> None:
    found = compare([2.5, 2.6, 2.4, 2.5, 2.3, 2.9], [3.0, 3.2, 2.8, 3.1, 2.9, 3.3])
    assert found.value == pytest.approx(-0.51667, abs=1e-4)
    assert found.low <= found.value <= found.high < 0
    # All of one sign: two of the 2^6 patterns are as extreme.
    assert found.p == pytest.approx(2 / 64)


def test_long_records_weigh_more() -> None:
    assert compare([0.0, 90.0], [10.0, 90.0], [10.0, 90.0]).value == pytest.approx(-0.1)


def test_for_yes_or_no_it_is_the_exact_mcnemar_test() -> None:
    own, base = [1.0] * 9 + [0.0] * 2 + [1.0] * 20, [0.0] * 9 + [1.0] * 2 + [1.0] * 20
    assert compare(own, base).p == pytest.approx(binomtest(2, 11).pvalue)


@pytest.mark.parametrize("items", [10, 40])
def test_whole_numbers_have_an_exact_p_value(items: int) -> None:
    draw = np.random.default_rng(items)
    gaps = draw.integers(-3, 5, size=items) / 2
    found = compare(list(gaps), [0.0] * items)
    if items == 10:
        signs = np.array(list(itertools.product([-1, 1], repeat=items)))
        assert found.p == pytest.approx(np.mean(np.abs(signs @ gaps) >= abs(gaps.sum()) - 1e-9))
    peer = permutation_test((gaps,), np.sum, permutation_type="samples", n_resamples=20_000, rng=1)
    assert found.p == pytest.approx(peer.pvalue, abs=0.015)
    assert compare(list(gaps), [0.0] * items, seed=5).p == found.p


def test_a_share_of_thousands_of_items_is_the_binomial_test_in_no_time() -> None:
    own, base = [1.0] * 700 + [0.0] * 600 + [1.0] * 1700, [0.0] * 700 + [1.0] * 600 + [1.0] * 1700
    assert compare(own, base).p == pytest.approx(binomtest(600, 1300).pvalue)


def test_with_many_items_it_agrees_with_scipy() -> None:
    random = np.random.default_rng(3)
    gaps = random.normal(0.25, 1.0, 60)
    peer = permutation_test((gaps,), np.sum, permutation_type="samples", n_resamples=20_000, rng=1)
    assert compare(list(gaps), [0.0] * 60).p == pytest.approx(peer.pvalue, abs=0.015)


@pytest.mark.parametrize("items", [5, 12])
def test_of_few_items_too_the_interval_holds_the_truth_as_often_as_it_says(items: int) -> None:
    random = np.random.default_rng(7)
    found = [compare(list(random.normal(0.3, 1.0, items)), [0.0] * items, seed=n) for n in range(300)]
    # The plain percentiles hold it 83 % of the time with 5 items and 89 % with 12.
    assert sum(one.low <= 0.3 <= one.high for one in found) >= 0.9 * 300


def test_without_a_difference_p_is_one() -> None:
    assert compare([1.0, 2.0, 3.0], [1.0, 2.0, 3.0]).p == 1.0


def test_under_no_difference_few_p_values_are_small() -> None:
    random = np.random.default_rng(5)
    small = sum(compare(list(random.normal(0, 1, 30)), [0.0] * 30, seed=n).p < 0.05 for n in range(200))
    assert 1 <= small <= 22


@given(st.lists(st.floats(-5, 5), min_size=2, max_size=12), st.integers(0, 9))
def test_swapping_sides_turns_the_difference_and_keeps_p(gaps: list[float], seed: int) -> None:
    zeros = [0.0] * len(gaps)
    there, back = compare(gaps, zeros, seed=seed), compare(zeros, gaps, seed=seed)
    assert back.value == pytest.approx(-there.value)
    assert back.p == there.p


def test_holm_by_hand() -> None:
    assert adjust_holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert adjust_holm([0.5]) == [0.5]
    assert adjust_holm([0.9, 0.8]) == [1.0, 1.0]


@pytest.mark.parametrize(("own", "weights"), [([], []), ([1.0], [1.0, 2.0])])
def test_nothing_to_compare_is_refused(own: list[float], weights: list[float]) -> None:
    with pytest.raises(ValueError, match="weights"):
        compare_paired_means(own, own, weights, seed=0)
