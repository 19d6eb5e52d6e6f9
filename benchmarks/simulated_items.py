"""Made answers, losses and battles whose true differences are known, and cases of them, for `verdict_simulation`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hackmentor.evaluate.ratings.battles import Battles
from hackmentor.evaluate.ratings.read_battles import parse_battles
from hackmentor.evaluate.verdict.measure import ItemScores
from hackmentor.records.read.rows import Row

CLUSTER_SIZE = 4.4
Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Generator = np.random.Generator


@dataclass(frozen=True)
class Case:
    """One line of the table: the share of draws in which something held, and the bounds that it should lie in."""

    what: str
    claimed: str
    share: float
    low: float
    high: float

    @property
    def holds(self) -> bool:
        """Whether it does."""
        return self.low <= self.share <= self.high


def draw_clusters(generator: Generator, items: int, size: float = CLUSTER_SIZE) -> Integers:
    """(items,) the number of each item's cluster; sizes are 1 + Poisson with mean `size`."""
    sizes = 1 + generator.poisson(size - 1, size=items)
    return np.repeat(np.arange(items), sizes)[:items]


@dataclass(frozen=True)
class Population:
    """Paired right and wrong answers: a cluster suits the cell or its base, by a coin.

    In clusters that suit the cell `gain` of the items are right by the cell only, in the others `loss` by its base
    only, so that the difference is (gain - loss) / 2; of the other items `level` are right by both.
    """

    gain: float
    loss: float
    level: float = 0.5

    @property
    def difference(self) -> float:
        """The true one."""
        return (self.gain - self.loss) / 2

    def draw(self, generator: Generator, clusters: Integers) -> tuple[Floats, Floats]:
        """(n,) and (n,): the marks of the cell and of its base."""
        suits = generator.random(clusters.max() + 1)[clusters] < 0.5
        differs = generator.random(len(clusters)) < np.where(suits, self.gain, self.loss)
        alike = generator.random(len(clusters)) < self.level
        own, base = np.where(differs, suits, alike), np.where(differs, ~suits, alike)
        return own.astype(np.float64), base.astype(np.float64)


def build_scores(values: Floats, weights: Floats | None = None) -> ItemScores:
    sizes = np.ones_like(values) if weights is None else weights
    pairs = zip(values.tolist(), sizes.tolist(), strict=True)
    return ItemScores({str(number): pair for number, pair in enumerate(pairs)})


def name_clusters(clusters: Integers) -> dict[str, str]:
    return {str(number): str(cluster) for number, cluster in enumerate(clusters.tolist())}


RUNS_DIFFERENCE = 0.05


def draw_runs(
    generator: Generator, clusters: Integers, runs: int, spread: float, gain: float = 0.4, loss: float = 0.2
) -> list[tuple[ItemScores, ItemScores]]:
    """Runs of one configuration beside one base; they share half of what makes an item easy.

    In half of the clusters a run turns wrong answers right, in the others right ones wrong, each by its own chance.
    """
    base, suits = generator.random(len(clusters)) < 0.5, generator.random(clusters.max() + 1)[clusters] < 0.5
    shared, pairs = generator.random(len(clusters)), []
    for _ in range(runs):
        shift = generator.normal(0, spread)
        chance = np.where(suits, gain + 2 * shift, loss - 2 * shift)
        ease = np.where(generator.random(len(clusters)) < 0.5, shared, generator.random(len(clusters)))
        own = np.where(suits, base | (ease < chance), base & (ease >= chance))
        pairs.append((build_scores(own.astype(np.float64)), build_scores(base.astype(np.float64))))
    return pairs


def draw_differing(generator: Generator, items: int, gained: float, lost: float) -> tuple[Floats, Floats]:
    """(n,) and (n,): the marks of a cell and its base, of which these shares are right by one alone."""
    kind = generator.choice(3, p=[gained, lost, 1 - gained - lost], size=items)
    alike = generator.random(items) < 0.5
    return np.where(kind == 2, alike, kind == 0) * 1.0, np.where(kind == 2, alike, kind == 1) * 1.0


def draw_battles(generator: Generator, questions: int, longer: float, better: float) -> Battles:
    """Battles of a cell, `longer` and `better` in nats than its base, before a judge that prefers the longer answer."""
    lengths = np.exp(generator.normal([5 + longer, 5.0], 0.5, size=(questions, 2))).round()
    x = (lengths[:, 0] - lengths[:, 1]) / lengths.sum(axis=1)
    wins = generator.random(questions) < 1 / (1 + np.exp(-(better + 1.5 * x / np.sqrt(np.mean(x**2)))))
    rows = [
        {"model_a": "cell", "model_b": "base", "win": "model_a" if won else "model_b", "question_id": number,
         "length_a": int(a), "length_b": int(b)}
        for number, (won, (a, b)) in enumerate(zip(wins, lengths, strict=True))
    ]  # fmt: skip
    return parse_battles((Row(number, row) for number, row in enumerate(rows)), source="made")
