"""Differences between contestants on the same records."""

from __future__ import annotations

import pytest

from hackmentor.evaluate.compare import paired_difference


def records(losses: list[float], tokens: int = 10) -> list[dict[str, float]]:
    return [{"id": number, "nats": loss * tokens, "tokens": tokens} for number, loss in enumerate(losses)]


def test_a_gain_on_every_record_is_shown() -> None:
    base = records([3.0, 3.2, 2.8, 3.1, 2.9, 3.3])
    tuned = records([2.5, 2.6, 2.4, 2.5, 2.3, 2.9])
    difference = paired_difference(tuned, base, seed=0)
    assert difference.value == pytest.approx(-0.51667, abs=1e-4)
    assert difference.low <= difference.value <= difference.high < 0
    assert difference.shown


def test_noise_is_not_shown() -> None:
    base = records([3.0, 3.2, 2.8, 3.1, 2.9, 3.3])
    noisy = records([3.4, 2.8, 3.2, 2.7, 3.2, 3.0])
    assert not paired_difference(noisy, base, seed=0).shown


def test_long_records_weigh_more() -> None:
    base = [{"id": 0, "nats": 10.0, "tokens": 10}, {"id": 1, "nats": 90.0, "tokens": 90}]
    tuned = [{"id": 0, "nats": 0.0, "tokens": 10}, {"id": 1, "nats": 90.0, "tokens": 90}]
    assert paired_difference(tuned, base, seed=0).value == pytest.approx(-0.1)


def test_the_same_seed_gives_the_same_interval() -> None:
    base, tuned = records([3.0, 3.2, 2.8]), records([2.9, 3.1, 2.9])
    assert paired_difference(tuned, base, seed=1) == paired_difference(tuned, base, seed=1)


def test_order_does_not_matter() -> None:
    base, tuned = records([3.0, 3.2, 2.8]), records([2.9, 3.1, 2.9])
    turned = paired_difference(tuned, base[::-1], seed=1)
    assert turned.value == pytest.approx(paired_difference(tuned, base, seed=1).value)


def test_other_records_are_refused() -> None:
    with pytest.raises(ValueError, match="different records"):
        paired_difference(records([1.0, 2.0]), records([1.0, 2.0, 3.0]), seed=0)
