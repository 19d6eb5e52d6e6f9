"""A sample of a set that keeps its categories balanced, for models that generate slowly."""

from __future__ import annotations

from collections.abc import Sequence

from hackmentor.data.balance import allocate_evenly
from hackmentor.data.hash_choice import hash_to_int
from hackmentor.evaluate.safety.read_items import T, group_by_category


def sample_balanced(items: Sequence[T], max_items: int | None, seed: int) -> list[T]:
    """At most `max_items` of the items (None: all) in their order, as evenly over categories as possible.

    Depends on seed and ids alone, not on the order of the file, so that every contestant gets the same items.
    """
    if max_items is None or max_items >= len(items):
        return list(items)
    groups = group_by_category(items)
    places = allocate_evenly(max_items, {category: len(group) for category, group in groups.items()})
    chosen: set[str] = set()
    for category, group in groups.items():
        ordered = sorted(group, key=lambda item: hash_to_int(seed, "safety", item.id))
        chosen.update(item.id for item in ordered[: places[category]])
    return [item for item in items if item.id in chosen]
