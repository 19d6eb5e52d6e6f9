"""Each cell against its own base, measure by measure, with a correction for the number of cells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from hackmentor.evaluate.proportions import paired_change
from hackmentor.evaluate.verdict.paired_test import LEVEL, Difference, holm, paired_difference

Outcome = Literal["better", "worse", "none shown"]
Good = Literal["more", "less"]


@dataclass(frozen=True)
class Scores:
    """What one contestant got, item by item: the summed figure and its weight, by item id."""

    items: Mapping[str, tuple[float, float]]

    @property
    def value(self) -> float:
        """The weighted mean."""
        return sum(figure for figure, _ in self.items.values()) / sum(weight for _, weight in self.items.values())

    @property
    def is_share(self) -> bool:
        """Whether each item is a yes or a no."""
        return all(figure in (0.0, 1.0) and weight == 1.0 for figure, weight in self.items.values())

    @property
    def hits(self) -> Mapping[str, bool]:
        """For each item whether it is a yes."""
        return {key: figure == 1.0 for key, (figure, _) in self.items.items()}


@dataclass(frozen=True)
class Measure:
    """A way to look at contestants. `good` says whether more or less of it is better.

    `scores` has what each contestant got; `pairs` has, for each cell, its own scores and its base's on the same items.
    `chance` is the value of someone who knows nothing, where there is one.
    """

    name: str
    title: str
    good: Good
    scores: Mapping[str, Scores]
    pairs: Mapping[str, tuple[Scores, Scores]]
    chance: float | None = None


def measure_of(
    name: str,
    title: str,
    good: Good,
    scores: Mapping[str, Scores],
    bases: Mapping[str, str],
    chance: float | None = None,
) -> Measure:
    """A measure in which each contestant is scored alone; `bases` maps cells to their bases."""
    pairs = {cell: (scores[cell], scores[base]) for cell, base in bases.items() if cell in scores and base in scores}
    return Measure(name, title, good, scores, pairs, chance)


@dataclass(frozen=True)
class Finding:
    """A cell against its base on one measure. `p` is adjusted for the number of cells (Holm)."""

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


def findings(measure: Measure, bases: Mapping[str, str], *, seed: int) -> list[Finding]:
    """One finding for each cell; `bases` maps cells to their bases.

    Raises:
        ValueError: if a cell and its base were measured on different items.
    """
    raw = list(_raw(measure, bases, seed))
    adjusted = holm([finding.p for finding in raw])
    return [_judged(finding, p, measure.good) for finding, p in zip(raw, adjusted, strict=True)]


def _raw(measure: Measure, bases: Mapping[str, str], seed: int) -> Iterator[Finding]:
    for cell, (own, other) in measure.pairs.items():
        if own.items.keys() != other.items.keys():
            raise ValueError(f"{measure.name}: {cell} and its base were measured on different items")
        found = _difference(own, other, seed)
        yield Finding(
            cell, bases[cell], measure.name, own.value, other.value,
            found.value, found.low, found.high, found.p, found.items, "none shown",
        )  # fmt: skip


def _difference(own: Scores, other: Scores, seed: int) -> Difference:
    """Shares have an interval of their own, which does not vanish where no item differs, as a bootstrap's does."""
    if own.is_share and other.is_share:
        change = paired_change(own.hits, other.hits)
        return Difference(change.value, change.low, change.high, change.p, change.n)
    figures = [(own.items[key], other.items[key]) for key in sorted(own.items)]
    weights = [weight for (_, weight), _ in figures]
    return paired_difference([one[0] for one, _ in figures], [two[0] for _, two in figures], weights, seed=seed)


def _judged(finding: Finding, p: float, good: Good) -> Finding:
    if p >= LEVEL:
        return replace(finding, p=p)
    gained = (finding.difference > 0) == (good == "more")
    return replace(finding, p=p, outcome="better" if gained else "worse")
