"""The difference of a cell and its base on the same items, of one run or of several that differ by seed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from hackmentor.evaluate.verdict.intervals import Floats
from hackmentor.evaluate.verdict.measure import ItemScores, name_clusters
from hackmentor.evaluate.verdict.paired_test import PairedDifference, compare_paired_means, compute_sign_flip_p
from hackmentor.evaluate.verdict.proportions import compare_paired_proportions
from hackmentor.evaluate.verdict.replicates import compare_replicated_proportions, compare_replicates

Pair = tuple[ItemScores, ItemScores]


def compare_scores(
    own_scores: ItemScores, base_scores: ItemScores, clusters: Mapping[str, str], *, seed: int
) -> PairedDifference:
    """The difference of two contestants on the same items; items of one cluster count as one draw.

    Proportions get Newcombe's interval: unlike a bootstrap's, it has a width even where no item differs. In clusters it
    is that of the effective number of items, and the test flips the signs of whole clusters.
    """
    by_item = name_clusters(own_scores.items, clusters)
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


def compare_runs(runs: Sequence[Pair], clusters: Mapping[str, str], *, seed: int) -> PairedDifference:
    """The difference of several runs of one configuration and its base, over all that its seeds and items could be.

    Only items that all runs have count. Runs that agree in every item tell no more than one of them.
    """
    common = set.intersection(*(set(own.items) for own, _ in runs))
    if not common:
        raise ValueError("the runs of one configuration have no item in common")
    kept = [(_select(own, common), _select(base, common)) for own, base in runs]
    by_item = name_clusters(kept[0][0].items, clusters)
    differences, weights = _tabulate(kept, by_item)
    if len(kept) == 1 or np.ptp(differences, axis=0).max() == 0:
        return compare_scores(*kept[0], clusters, seed=seed)
    found = compare_replicates(differences, weights, items=len(common))
    if all(scores.is_proportion for pair in kept for scores in pair):
        hits = [(own.hits, base.hits) for own, base in kept]
        return compare_replicated_proportions(found, hits)
    return found


def _select(scores: ItemScores, ids: set[str]) -> ItemScores:
    return ItemScores({item_id: pair for item_id, pair in scores.items.items() if item_id in ids})


def _tabulate(runs: Sequence[Pair], by_item: Mapping[str, str]) -> tuple[Floats, Floats]:
    """(runs, clusters) the summed differences, and (clusters,) the weights."""
    rows = []
    for own, base in runs:
        sums = [_sum_by_cluster(scores, by_item) for scores in (own, base)]
        rows.append([sums[0][name][0] - sums[1][name][0] for name in sums[0]])
    return np.array(rows), np.array([weight for _, weight in _sum_by_cluster(runs[0][0], by_item).values()])


def _sum_by_cluster(scores: ItemScores, by_item: Mapping[str, str]) -> dict[str, tuple[float, float]]:
    """The summed value and weight of each cluster, in the order of the ids of the first items."""
    sums: dict[str, tuple[float, float]] = defaultdict(lambda: (0.0, 0.0))
    for item_id, cluster in by_item.items():
        value, weight = scores.items[item_id]
        sums[cluster] = sums[cluster][0] + value, sums[cluster][1] + weight
    return sums
