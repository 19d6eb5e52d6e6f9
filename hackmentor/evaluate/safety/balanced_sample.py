"""A part of a set that keeps the balance of its categories, for models that generate slowly."""

from __future__ import annotations

from collections.abc import Sequence

from hackmentor.data.balance import share
from hackmentor.data.hash_choice import number
from hackmentor.evaluate.safety.read_items import T, by_category


def sample(items: Sequence[T], n: int | None, seed: int) -> list[T]:
    """At most `n` of the items (None: all) in their order, as evenly over categories as can be.

    Fixed by seed and ids alone, so that every contestant meets the same ones, in whatever order the file is.
    """
    if n is None or n >= len(items):
        return list(items)
    groups = by_category(items)
    places = share(n, {category: len(group) for category, group in groups.items()})
    chosen: set[str] = set()
    for category, group in groups.items():
        ordered = sorted(group, key=lambda item: number(seed, "safety", item.id))
        chosen.update(item.id for item in ordered[: places[category]])
    return [item for item in items if item.id in chosen]
