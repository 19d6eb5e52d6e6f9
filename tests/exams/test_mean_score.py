"""The interval of a mean: right for independent items, wider for clusters, and never without a width."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from hackmentor.exams.mean_score import compute_mean_score


def test_independent_shares_have_wilson_s_interval() -> None:
    scores = {str(i): float(i < 30) for i in range(100)}
    found = compute_mean_score(scores, {name: name for name in scores}, seed=0)
    wilson = binomtest(30, 100).proportion_ci(method="wilson")
    assert (found.low, found.high) == (pytest.approx(wilson.low, abs=2e-3), pytest.approx(wilson.high, abs=2e-3))


def test_what_is_all_right_has_a_width() -> None:
    found = compute_mean_score({"a": 1.0, "b": 1.0, "c": 1.0}, {"a": "a", "b": "b", "c": "c"}, seed=0)
    assert (found.value, found.high) == (1.0, 1.0)
    assert 0.3 < found.low < 0.5


@pytest.mark.parametrize("size", [1, 5])
def test_the_interval_covers_the_truth(size: int) -> None:
    generator, held = np.random.default_rng(1), 0
    for _ in range(400):
        shares = generator.beta(2, 2, size=80)
        scores, clusters = {}, {}
        for cluster, share in enumerate(shares):
            for item in range(size):
                scores[f"{cluster}/{item}"] = float(generator.random() < share)
                clusters[f"{cluster}/{item}"] = str(cluster)
        found = compute_mean_score(scores, clusters, seed=0)
        held += found.low <= 0.5 <= found.high
    assert 0.92 <= held / 400 <= 0.98


def test_other_scores_are_resampled_by_cluster() -> None:
    scores = {f"{c}/{i}": c / 10 for c in range(10) for i in range(20)}
    alone = compute_mean_score(scores, {name: name for name in scores}, seed=0)
    together = compute_mean_score(scores, {name: name[0] for name in scores}, seed=0)
    assert together.high - together.low > 2.5 * (alone.high - alone.low)
