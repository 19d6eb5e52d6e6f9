"""Shares and paired differences, against published figures."""

from __future__ import annotations

import pytest

from hackmentor.evaluate.proportions import compare_paired_proportions, compute_proportion


def pairs(both: int, own_only: int, base_only: int, neither: int) -> tuple[dict[str, bool], dict[str, bool]]:
    rows = [(True, True)] * both + [(True, False)] * own_only + [(False, True)] * base_only + [(False, False)] * neither
    return {str(n): own for n, (own, _) in enumerate(rows)}, {str(n): base for n, (_, base) in enumerate(rows)}


def test_wilson_as_published() -> None:
    """Newcombe 1998 (Statistics in Medicine 17:857-872), table I: 81 of 263, and 0 of 20."""
    rate = compute_proportion([True] * 81 + [False] * 182)
    assert (rate.count, rate.n) == (81, 263)
    assert (rate.low, rate.high) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert (compute_proportion([False] * 20).low, compute_proportion([False] * 20).high) == pytest.approx(
        (0, 0.1611), abs=5e-5
    )


def test_newcombe_as_published() -> None:
    """Newcombe 1998 (Statistics in Medicine 17:2635-2650): 36, 12, 2 and 0 of 50 with method 10."""
    change = compare_paired_proportions(*pairs(36, 12, 2, 0))
    assert change.value == pytest.approx(0.2)
    assert (change.low, change.high) == pytest.approx((0.0569, 0.3404), abs=5e-5)
    assert (change.gained, change.lost, change.n) == (12, 2, 50)


def test_mcnemar_is_the_binomial_test_of_those_that_differ() -> None:
    assert compare_paired_proportions(*pairs(3, 9, 1, 30)).p == pytest.approx(22 / 1024)
    assert compare_paired_proportions(*pairs(3, 0, 0, 30)).p == 1


def test_a_fall_of_the_published_size_is_shown_on_20_and_one_item_is_not() -> None:
    assert compare_paired_proportions(*pairs(3, 0, 16, 1)).excludes_zero
    assert not compare_paired_proportions(*pairs(18, 0, 1, 1)).excludes_zero


def test_no_difference_on_few_items_leaves_room_for_one() -> None:
    change = compare_paired_proportions(*pairs(0, 0, 0, 20))
    assert change.low < -0.1 < 0.1 < change.high
    assert not change.excludes_zero


def test_swapping_the_two_turns_the_sign() -> None:
    own, base = pairs(10, 7, 2, 5)
    forward, back = compare_paired_proportions(own, base), compare_paired_proportions(base, own)
    assert (forward.value, forward.low, forward.high) == pytest.approx((-back.value, -back.high, -back.low))
    assert forward.p == back.p


def test_different_items_or_none_are_refused() -> None:
    with pytest.raises(ValueError, match="different items"):
        compare_paired_proportions({"a": True}, {"b": True})
    with pytest.raises(ValueError, match="nothing to count"):
        compute_proportion([])
