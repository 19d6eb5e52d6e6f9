"""Shares and paired differences, against published figures."""

from __future__ import annotations

import numpy as np
import pytest

from hackmentor.evaluate.verdict.proportions import compare_paired_proportions, compute_proportion


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


def copy_items(times: int, *counts: int) -> tuple[dict[str, bool], dict[str, bool], dict[str, str]]:
    """Each item so many times, its copies in one cluster."""
    own, base = pairs(*counts)
    names = {f"{name}/{copy}": name for name in own for copy in range(times)}
    return {key: own[name] for key, name in names.items()}, {key: base[name] for key, name in names.items()}, names


def test_items_that_are_clusters_of_their_own_change_nothing() -> None:
    own, base = pairs(36, 12, 2, 10)
    clustered = compare_paired_proportions(own, base, {name: name for name in own})
    assert clustered == compare_paired_proportions(own, base)


def test_copies_of_an_item_tell_no_more_than_the_item() -> None:
    alone = compare_paired_proportions(*pairs(36, 12, 2, 10))
    copied = compare_paired_proportions(*copy_items(5, 36, 12, 2, 10))
    assert copied.value == alone.value
    assert (copied.low, copied.high) == pytest.approx((alone.low, alone.high), abs=0.012)
    assert copied.high - copied.low >= alone.high - alone.low
    forgotten = compare_paired_proportions(*copy_items(5, 36, 12, 2, 10)[:2])
    assert forgotten.high - forgotten.low < 0.6 * (copied.high - copied.low)


def test_clusters_that_differ_throughout_or_nowhere_count_as_items() -> None:
    own, base, names = copy_items(4, 0, 0, 0, 5)
    same = compare_paired_proportions(own, base, names)
    assert (same.low, same.high) == pytest.approx((-0.4345, 0.4345), abs=1e-3)
    one = compare_paired_proportions(own, dict.fromkeys(own, True), dict.fromkeys(own, "all"))
    assert one.low == pytest.approx(-1.0)
    assert one.high > 0


def test_the_interval_of_items_in_clusters_holds_the_truth_as_often_as_it_says() -> None:
    draw, held = np.random.default_rng(3), 0
    for _ in range(200):
        # 60 clusters of five items that all suit the cell, or all its base: the difference is 0.05 on average.
        suits = np.repeat(draw.random(60) < 0.5, 5)
        differs = draw.random(300) < np.where(suits, 0.4, 0.3)
        own = {str(n): bool(value) for n, value in enumerate(np.where(differs, suits, True))}
        base = {str(n): bool(value) for n, value in enumerate(np.where(differs, ~suits, True))}
        found = compare_paired_proportions(own, base, {str(n): str(n // 5) for n in range(300)})
        held += found.low <= 0.05 <= found.high
    # Without clusters it is held in 84 %.
    assert 0.91 * 200 <= held <= 0.99 * 200
