"""A measure: the scores of all contestants, item by item, and which pairs of them are compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Direction = Literal["more", "less"]


@dataclass(frozen=True)
class ItemScores:
    """A contestant's scores: for each item id the summed value and its weight, such as nats and tokens."""

    items: Mapping[str, tuple[float, float]]

    @property
    def value(self) -> float:
        """The weighted mean."""
        return sum(value for value, _ in self.items.values()) / sum(weight for _, weight in self.items.values())

    @property
    def is_proportion(self) -> bool:
        """Whether each item is right or wrong, 1 or 0, so that their mean is a proportion."""
        return all(value in (0.0, 1.0) and weight == 1.0 for value, weight in self.items.values())

    @property
    def hits(self) -> Mapping[str, bool]:
        """For each item id whether its value is 1."""
        return {item_id: value == 1.0 for item_id, (value, _) in self.items.items()}


@dataclass(frozen=True)
class Measure:
    """A measure of all contestants; `direction` says whether more or less of it is better.

    `scores` has those of each contestant; `pairs` has, for each cell, its own and its base's on the same items.
    `chance` is the value of guessing, where there is one. `clusters` has, by item id, what the item shares with others
    that are not independent of it, such as their source page; one that is not in it is independent. `margin` is how
    much worse a cell may be and still count as not worse; None where nobody stated one.
    """

    name: str
    title: str
    direction: Direction
    scores: Mapping[str, ItemScores]
    pairs: Mapping[str, tuple[ItemScores, ItemScores]]
    chance: float | None = None
    clusters: Mapping[str, str] = field(default_factory=dict)
    margin: float | None = None


def build_measure(
    name: str,
    title: str,
    direction: Direction,
    scores: Mapping[str, ItemScores],
    bases: Mapping[str, str],
    chance: float | None = None,
    clusters: Mapping[str, str] | None = None,
) -> Measure:
    """A measure in which each contestant is scored alone; `bases` maps cells to their bases."""
    pairs = {cell: (scores[cell], scores[base]) for cell, base in bases.items() if cell in scores and base in scores}
    return Measure(name, title, direction, scores, pairs, chance, clusters or {})


def name_clusters(items: Mapping[str, object], clusters: Mapping[str, str]) -> dict[str, str]:
    """The cluster of each item, by id in order; an item of its own can't be called as a cluster is."""
    return {
        item_id: f"cluster {clusters[item_id]}" if clusters.get(item_id) else f"item {item_id}"
        for item_id in sorted(items)
    }
