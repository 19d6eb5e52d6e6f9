"""Samples that keep the balance of the categories."""

from __future__ import annotations

from collections import Counter

import pytest

from hackmentor.evaluate.safety.balanced_sample import sample_balanced
from hackmentor.evaluate.safety.prompts import load_harmful, load_injections


@pytest.mark.parametrize("n", [1, 7, 10, 24, 30, 69])
def test_categories_differ_by_one_at_most(n: int) -> None:
    chosen = sample_balanced(load_harmful(), n, seed=3)
    counts = Counter(item.category for item in chosen)
    assert len(chosen) == n
    assert max(counts.values()) - min(counts.values() if len(counts) == 10 else [0]) <= 1


def test_all_are_kept_where_there_is_room() -> None:
    probes = load_injections()
    assert (
        sample_balanced(probes, None, seed=0)
        == sample_balanced(probes, 20, seed=0)
        == sample_balanced(probes, 99, seed=0)
        == probes
    )


def test_the_choice_hangs_on_seed_and_ids_alone() -> None:
    prompts = load_harmful()
    assert {item.id for item in sample_balanced(prompts[::-1], 20, 1)} == {
        item.id for item in sample_balanced(prompts, 20, 1)
    }
    assert {item.id for item in sample_balanced(prompts, 20, 1)} != {
        item.id for item in sample_balanced(prompts, 20, 2)
    }


def test_the_order_of_the_set_is_kept_and_a_larger_sample_holds_the_smaller() -> None:
    prompts = load_harmful()
    small, large = sample_balanced(prompts, 20, 5), sample_balanced(prompts, 30, 5)
    assert [prompt for prompt in prompts if prompt in small] == small
    assert {item.id for item in small} < {item.id for item in large}
