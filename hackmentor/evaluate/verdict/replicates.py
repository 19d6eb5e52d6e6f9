"""Runs of one configuration that differ by seed: what another seed, and other items, would have given.

Runs and items are crossed: every run answers every item. Both are a sample, so both count in the error (Clark, J.
Verbal Learning and Verbal Behavior 12, 1973, for people and words). The variance of the mean is that of items plus that
of runs less what is counted twice, the two-way sum of Cameron, Gelbach and Miller (J. Business & Economic Statistics
29, 2011) and of Owen (Annals of Applied Statistics 1, 2007), here from mean squares, so that with few runs
Satterthwaite's degrees of freedom (Biometrics Bulletin 2, 1946) say how little they tell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import norm, t

from hackmentor.evaluate.verdict.intervals import LEVEL, Floats, NewcombeInterval, StudentInterval
from hackmentor.evaluate.verdict.paired_test import PairedDifference

Hits = Mapping[str, bool]


@dataclass(frozen=True)
class _Variance:
    """Of a mean over runs and clusters, with its degrees of freedom."""

    value: float
    freedom: float


def compare_replicates(differences: Floats, weights: Floats, *, items: int) -> PairedDifference:
    """The mean difference over runs and clusters of items, with Student's interval and test.

    Args:
        differences: (runs, clusters) summed over the items of a cluster; at least two runs, which differ somewhere.
        weights: (clusters,) the weight of each, such as its tokens.
        items: how many items the clusters hold.
    """
    value = float(differences.mean(axis=0).sum() / weights.sum())
    variance = _estimate_variance(differences, weights)
    interval = StudentInterval(value, float(np.sqrt(variance.value)), variance.freedom)
    p = float(2 * t.sf(abs(value) / interval.error, variance.freedom)) if interval.error else float(value == 0)
    return PairedDifference(value, *interval.compute_bounds(LEVEL), p, items, len(weights), interval)


def _estimate_variance(differences: Floats, weights: Floats) -> _Variance:
    runs, clusters = differences.shape
    # The ratio's linearised contributions: their mean over clusters is how far a run is from the mean of all.
    values = (differences - differences.mean(axis=0).sum() / weights.sum() * weights) * clusters / weights.sum()
    by_run, by_cluster = values.mean(axis=1), values.mean(axis=0)
    rest = values - by_run[:, None] - by_cluster
    of_runs = float(clusters * (by_run @ by_run) / (runs - 1))
    if clusters == 1:
        return _Variance(of_runs / runs, runs - 1)
    of_clusters = float(runs * (by_cluster @ by_cluster) / (clusters - 1))
    of_rest = float((rest**2).sum() / ((runs - 1) * (clusters - 1)))
    if of_runs <= of_rest:  # no more than the items' own noise: nothing is added, rather than something taken away
        return _Variance(of_clusters / (runs * clusters), clusters - 1)
    total = of_clusters + of_runs - of_rest
    squares = of_clusters**2 / (clusters - 1) + of_runs**2 / (runs - 1) + of_rest**2 / ((runs - 1) * (clusters - 1))
    return _Variance(total / (runs * clusters), total**2 / squares)


def compare_replicated_proportions(found: PairedDifference, runs: Sequence[tuple[Hits, Hits]]) -> PairedDifference:
    """The same with Newcombe's interval of the mean counts, which has a width where hardly an item differs.

    Over the effective number of items: those of one run times its variance over that of the mean, as for clusters
    (`proportions`), and never more than all runs have.
    """
    assert isinstance(found.interval, StudentInterval)
    own = np.array([list(own.values()) for own, _ in runs])
    base = np.array([[base[name] for name in own] for own, base in runs])
    n = own.shape[1]
    gained, lost = float((own & ~base).sum(1).mean()), float((base & ~own).sum(1).mean())
    both = float((own & base).sum(1).mean())
    alone = ((gained + lost) / n - found.value**2) / n
    if not alone or not found.interval.error:
        share = 1.0
    else:
        # The quantile is that of a normal distribution in Newcombe's interval: fewer items make up for it.
        ratio = float(norm.ppf((1 + LEVEL) / 2) / t.ppf((1 + LEVEL) / 2, found.interval.freedom)) ** 2
        share = min(float(len(runs)), ratio * alone / found.interval.error**2)
    neither = max(0.0, n - both - gained - lost)  # not below by rounding
    interval = NewcombeInterval(*(share * count for count in (both, gained, lost, neither)))
    low, high = interval.compute_bounds(LEVEL)
    return replace(found, low=low, high=high, interval=interval)
