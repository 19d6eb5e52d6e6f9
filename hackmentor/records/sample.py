"""Draws an even sample of records."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def sample_evenly(items: Sequence[T], max_items: int | None, seed: int) -> list[T]:
    """At most `max_items` of the items (None: all), each equally likely, in their own order; fixed by the seed."""
    if max_items is None or max_items >= len(items):
        return list(items)
    chosen = sorted(random.Random(f"{seed}/sample").sample(range(len(items)), max_items))
    return [items[index] for index in chosen]
