"""A part of the records that stands for the whole."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def even_sample(items: Sequence[T], most: int | None, seed: int) -> list[T]:
    """At most so many of the items, each equally likely, in their own order; the same for the same seed."""
    if most is None or most >= len(items):
        return list(items)
    chosen = sorted(random.Random(f"{seed}/sample").sample(range(len(items)), most))
    return [items[index] for index in chosen]
