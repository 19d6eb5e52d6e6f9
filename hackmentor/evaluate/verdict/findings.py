"""Each cell against its own base, measure by measure, with a correction for the number of cells."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from hackmentor.evaluate.verdict.paired_test import (
    SIGNIFICANCE_LEVEL,
    PairedDifference,
    adjust_holm,
    compare_paired_means,
    compute_sign_flip_p,
)
from hackmentor.evaluate.verdict.proportions import compare_paired_proportions

Outcome = Literal["better", "worse", "none shown"]
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
    that are not independent of it, such as their source page; one that is not in it is independent.
    """

    name: str
    title: str
    direction: Direction
    scores: Mapping[str, ItemScores]
    pairs: Mapping[str, tuple[ItemScores, ItemScores]]
    chance: float | None = None
    clusters: Mapping[str, str] = field(default_factory=dict)


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


@dataclass(frozen=True)
class Finding:
    """A cell compared with its base on one measure. `p` is adjusted for the number of cells (Holm).

    `clusters` is how many independent units the items come in, such as catalogue entries; None in older verdicts.
    """

    cell: str
    base: str
    measure: str
    value: float
    base_value: float
    difference: float
    low: float
    high: float
    p: float
    items: int
    outcome: Outcome
    clusters: int | None = None


def compare_with_bases(measure: Measure, bases: Mapping[str, str], *, seed: int) -> list[Finding]:
    """Compares each cell with its base, which `bases` names; one finding per cell.

    Raises:
        ValueError: if a cell and its base were measured on different items.
    """
    raw = list(_compare_cells(measure, bases, seed))
    adjusted = adjust_holm([finding.p for finding in raw])
    return [_set_outcome(finding, p, measure.direction) for finding, p in zip(raw, adjusted, strict=True)]


def _compare_cells(measure: Measure, bases: Mapping[str, str], seed: int) -> Iterator[Finding]:
    for cell, (own_scores, base_scores) in measure.pairs.items():
        if own_scores.items.keys() != base_scores.items.keys():
            raise ValueError(f"{measure.name}: {cell} and its base were measured on different items")
        difference = compare_scores(own_scores, base_scores, measure.clusters, seed=seed)
        yield Finding(
            cell, bases[cell], measure.name, own_scores.value, base_scores.value,
            difference.value, difference.low, difference.high, difference.p, difference.items, "none shown",
            difference.clusters,
        )  # fmt: skip


def compare_scores(
    own_scores: ItemScores, base_scores: ItemScores, clusters: Mapping[str, str], *, seed: int
) -> PairedDifference:
    """The difference of two contestants on the same items; items of one cluster count as one draw.

    Proportions get Newcombe's interval: unlike a bootstrap's, it has a width even where no item differs. In clusters it
    is that of the effective number of items, and the test flips the signs of whole clusters.
    """
    by_item = {item_id: _name_cluster(item_id, clusters) for item_id in sorted(own_scores.items)}
    sums = [_sum_by_cluster(scores, by_item) for scores in (own_scores, base_scores)]
    own_values, base_values = ([value for value, _ in by_cluster.values()] for by_cluster in sums)
    if own_scores.is_proportion and base_scores.is_proportion:
        found = compare_paired_proportions(own_scores.hits, base_scores.hits, by_item)
        p = found.p
        if len(sums[0]) < found.n:
            p = compute_sign_flip_p(np.subtract(own_values, base_values), np.random.default_rng(seed))
        return PairedDifference(found.value, found.low, found.high, p, found.n, len(sums[0]), found.interval)
    weights = [weight for _, weight in sums[0].values()]
    return replace(compare_paired_means(own_values, base_values, weights, seed=seed), items=len(own_scores.items))


def _name_cluster(item_id: str, clusters: Mapping[str, str]) -> str:
    """The name of an item's cluster; an item of its own can't be called as a cluster is."""
    return f"cluster {clusters[item_id]}" if clusters.get(item_id) else f"item {item_id}"


def _sum_by_cluster(scores: ItemScores, by_item: Mapping[str, str]) -> dict[str, tuple[float, float]]:
    """The summed value and weight of each cluster, in the order of the ids of the first items."""
    sums: dict[str, tuple[float, float]] = defaultdict(lambda: (0.0, 0.0))
    for item_id, cluster in by_item.items():
        value, weight = scores.items[item_id]
        sums[cluster] = sums[cluster][0] + value, sums[cluster][1] + weight
    return sums


def _set_outcome(finding: Finding, p: float, direction: Direction) -> Finding:
    if p >= SIGNIFICANCE_LEVEL:
        return replace(finding, p=p)
    gained = (finding.difference > 0) == (direction == "more")
    return replace(finding, p=p, outcome="better" if gained else "worse")
