"""Contestants side by side: how far each is from its own base, and whether that is more than chance. Needs no torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Difference:
    """How much lower (negative) or higher a loss is than the base's, in nats a token, with a 95 % interval."""

    value: float
    low: float
    high: float

    @property
    def shown(self) -> bool:
        """Whether the interval leaves no room for zero."""
        return self.low > 0 or self.high < 0


def paired_difference(
    tuned: Sequence[Mapping[str, float]], base: Sequence[Mapping[str, float]], *, seed: int, rounds: int = 2000
) -> Difference:
    """The difference of two losses on the same records, with a percentile bootstrap over records (Efron 1979).

    Args:
        tuned: for each record its `id`, its loss `nats` and its number of `tokens`.
        base: the same records, scored by the base.
        seed: of the resampling.
        rounds: how many resamples.

    Raises:
        ValueError: if the two do not hold the same records.
    """
    scored = {record["id"]: record for record in base}
    if set(scored) != {record["id"] for record in tuned}:
        raise ValueError("the two contestants were scored on different records")
    nats = np.array([[record["nats"], scored[record["id"]]["nats"]] for record in tuned])
    tokens = np.array([[record["tokens"], scored[record["id"]]["tokens"]] for record in tuned])
    drawn = np.random.default_rng(seed).integers(len(tuned), size=(rounds, len(tuned)))
    losses = nats[drawn].sum(axis=1) / tokens[drawn].sum(axis=1)
    low, high = np.percentile(losses[:, 0] - losses[:, 1], [2.5, 97.5])
    whole = nats.sum(axis=0) / tokens.sum(axis=0)
    return Difference(float(whole[0] - whole[1]), float(low), float(high))
