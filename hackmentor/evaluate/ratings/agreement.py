"""Whether two judges agree, beyond what chance would make of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from hackmentor.evaluate.ratings.battles import Floats, Integers

ROUNDS = 2000
_OUTCOMES = 3


@dataclass(frozen=True)
class JudgeAgreement:
    """Two judges on the battles that both decided. The field names are those of the JSON output.

    `agreement` is the share of equal decisions (won, tied, lost), `kappa` what it is beyond chance, from -1 to 1, with
    its 95 % interval; both judges always deciding alike in one way leaves kappa undefined (None).
    """

    judge_a: str
    judge_b: str
    battles: int
    agreement: float
    kappa: float | None
    low: float | None
    high: float | None

    def describe(self) -> str:
        """In one sentence."""
        told = f"{self.judge_a} and {self.judge_b} decide {self.agreement:.0%} of {self.battles:,} battles alike"
        if self.kappa is None:
            return f"{told}, all in one way, so that chance would do the same"
        interval = "" if self.low is None else f" [{self.low:.2f}, {self.high:.2f}]"
        return f"{told}; beyond chance (kappa): {self.kappa:.2f}{interval}"


def compare_judges(rows: Sequence[Mapping[str, Any]], *, seed: int) -> Iterator[JudgeAgreement]:
    """The agreement of every two judges with battles in common.

    Cohen's kappa (Educational and Psychological Measurement 20, 1960) over three outcomes; the interval is a percentile
    bootstrap over clusters of questions (Efron 1979).

    Args:
        rows: as in battles.jsonl; the latest decision of a judge on two answers counts.
        seed: of the resamples.
    """
    decided: dict[str, dict[tuple[str, ...], tuple[int, str]]] = defaultdict(dict)
    for row in rows:
        pair = sorted((row["model_a"], row["model_b"]))
        outcome = 1 if row["win"] == "tie" else 2 if row[row["win"]] == pair[0] else 0
        decided[row["judge"]][row["question_id"], *pair] = outcome, row.get("cluster") or row["question_id"]
    for (name, own), (other_name, other) in combinations(decided.items(), 2):
        if shared := [key for key in own if key in other]:
            pairs = np.array([3 * own[key][0] + other[key][0] for key in shared])
            _, cluster = np.unique([own[key][1] for key in shared], return_inverse=True)
            yield _measure_agreement(name, other_name, pairs, cluster, seed)


def _measure_agreement(name: str, other: str, pairs: Integers, cluster: Integers, seed: int) -> JudgeAgreement:
    groups = int(cluster.max()) + 1
    # (clusters, 3, 3): how often the first judge (rows) and the second (columns) decided so.
    tables = np.bincount(cluster * 9 + pairs, minlength=9 * groups).reshape(groups, _OUTCOMES, _OUTCOMES)
    whole = tables.sum(axis=0)
    kappa = _compute_kappa(whole[None].astype(np.float64))[0]
    agreement = float(np.trace(whole) / whole.sum())
    if np.isnan(kappa):
        return JudgeAgreement(name, other, len(pairs), agreement, None, None, None)
    low = high = None
    if groups > 1:
        drawn = np.random.default_rng(seed).multinomial(groups, np.full(groups, 1 / groups), size=ROUNDS)
        counts = (drawn @ tables.reshape(groups, -1)).reshape(-1, _OUTCOMES, _OUTCOMES)
        resampled = _compute_kappa(counts.astype(np.float64))
        # A resample in which both always decide in one way agrees wholly.
        low, high = (float(bound) for bound in np.quantile(np.nan_to_num(resampled, nan=1.0), [0.025, 0.975]))
    return JudgeAgreement(name, other, len(pairs), agreement, float(kappa), low, high)


def _compute_kappa(tables: Floats) -> Floats:
    """(r,) from (r, 3, 3) counts; NaN where chance alone would agree wholly."""
    shares = tables / tables.sum(axis=(1, 2), keepdims=True)
    agreed = np.trace(shares, axis1=1, axis2=2)
    by_chance = (shares.sum(axis=1) * shares.sum(axis=2)).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        kappa: Floats = np.where(by_chance < 1 - 1e-12, (agreed - by_chance) / (1 - by_chance), np.nan)
    return kappa
