"""What an evaluation can show, measure by measure, in figures and in sentences. Needs no torch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from hackmentor.config.schema import EvaluateSettings, MarginSettings
from hackmentor.data.prose import join_items
from hackmentor.evaluate.verdict.power import (
    PowerAssumptions,
    count_effective_items,
    find_items_for_margin,
    find_needed_items,
    find_needed_seeds,
    find_smallest_difference,
    find_smallest_effect,
)
from hackmentor.evaluate.verdict.safety_measures import MEASURES as SAFETY_MEASURES

Kind = Literal["share", "battles", "score"]
# A share whose smallest difference is larger hardly tells two cells apart.
WARNING_DIFFERENCE = 0.1


@dataclass(frozen=True)
class MeasureSize:
    """The items of a measure by their clusters, and what is averaged: right or wrong, battles, or any score."""

    name: str
    kind: Kind
    cluster_sizes: tuple[int, ...]

    @property
    def items(self) -> int:
        """How many there are."""
        return sum(self.cluster_sizes)


def build_size(name: str, kind: Kind, items: Iterable[str], clusters: Mapping[str, str]) -> MeasureSize:
    """The size of a measure of these item ids; one without a cluster is independent."""
    counts = Counter(f"cluster {clusters[key]}" if clusters.get(key) else f"item {key}" for key in items)
    return MeasureSize(name, kind, tuple(counts.values()))


@dataclass(frozen=True)
class MeasurePower:
    """What can be shown on a measure with 80 % power. The field names are those of the JSON output.

    `smallest` is in shares, of battles in points, of scores in standard deviations of the items' differences; None if
    no difference can be shown. `needed_items` and `needed_seeds` are what the wanted difference takes, in items of
    clusters like these and in runs over these items; None where it is not asked for or nothing is enough. With a
    `margin`, `items_for_margin` is what it takes to show that a cell without a difference is not worse by it.
    """

    measure: str
    kind: Kind
    items: int
    clusters: int
    smallest: float | None
    needed_items: int | None = None
    needed_seeds: int | None = None
    margin: float | None = None
    items_for_margin: int | None = None

    def describe(self) -> str:
        """In few words: `exam 22 points (36 in 33 clusters)`."""
        items = f"{self.items:,}" + (f" in {self.clusters:,} clusters" if self.clusters < self.items else "")
        if self.smallest is None:
            return f"{self.measure} nothing ({items})"
        if self.kind == "score":
            return f"{self.measure} {self.smallest:.2g} standard deviations ({items})"
        return f"{self.measure} {100 * self.smallest:.2g} points ({items})"


@dataclass(frozen=True)
class EvaluationPower:
    """What an evaluation can show of so many configurations, each with so many seeds."""

    configurations: int
    seeds: int
    disagreement: float
    wanted: float | None
    measures: Sequence[MeasurePower]

    def describe(self) -> Iterator[str]:
        """The first sentence says what can be shown, the last one warns where that is little."""
        told = "; ".join(measure.describe() for measure in self.measures)
        yield f"smallest differences that this evaluation shows in four of five cases: {told}"
        counted = f"{self.configurations} configuration{'s' if self.configurations > 1 else ''}"
        seeds = "one seed" if self.seeds == 1 else f"{self.seeds} seeds"
        yield (
            f"assumed: {self.disagreement:.0%} of items answered differently, all battles decided, {counted} of "
            f"{seeds} each, corrected for their number (evaluate.power)"
        )
        if small := [one for one in self.measures if one.kind == "share" and _is_small(one)]:
            yield (
                f"warning: too few items to tell cells apart on {join_items([one.measure for one in small])}: "
                f"differences below {100 * WARNING_DIFFERENCE:.0f} points will mostly not be shown"
            )

    def describe_wanted(self) -> Iterator[str]:
        """What margins and the wanted difference take, for each share that does not show them yet."""
        for one in self.measures:
            if one.margin is not None and (one.items_for_margin or 0) > one.items:
                yield (
                    f'"not worse by {100 * one.margin:g} points" on {one.measure} takes {one.items_for_margin:,} items '
                    "where there is no difference"
                )
            if self.wanted is not None and one.kind == "share" and (one.smallest is None or one.smallest > self.wanted):
                items = "more than can be had" if one.needed_items is None else f"{one.needed_items:,} items"
                seeds = "no number of seeds" if one.needed_seeds is None else f"{one.needed_seeds} seeds"
                yield f"{100 * self.wanted:g} points on {one.measure} take {items}, or with these items {seeds}"


def _is_small(measure: MeasurePower) -> bool:
    return measure.smallest is None or measure.smallest > WARNING_DIFFERENCE


def compute_evaluation_power(
    sizes: Sequence[MeasureSize],
    settings: EvaluateSettings,
    configurations: Mapping[str, Sequence[str]],
) -> EvaluationPower:
    """What can be shown on measures of these sizes, under the assumptions of `evaluate.power`.

    Args:
        sizes: of the measures.
        settings: with the assumptions, and the primary measures, which are corrected for together.
        configurations: the cells of each, which differ by seed.
    """
    power, count = settings.power, max(1, len(configurations))
    seeds = min((len(cells) for cells in configurations.values()), default=1)
    measures = []
    for size in sizes:
        family = len(settings.primary) if size.name in settings.primary else 1
        assumed = PowerAssumptions(
            1.0 if size.kind == "battles" else power.disagreement,
            power.cluster_correlation,
            power.seed_deviation,
            seeds,
            count * family,
        )
        found = _compute_measure_power(size, assumed, power.wanted)
        measures.append(_add_margin(found, find_margin(size.name, settings.margins), size, assumed))
    return EvaluationPower(count, seeds, power.disagreement, power.wanted, measures)


def find_margin(measure: str, margins: MarginSettings) -> float | None:
    """How much worse still counts as not worse on this measure; None where that is not stated."""
    if measure == "general":
        return margins.general
    return margins.safety if measure in {name for name, *_ in SAFETY_MEASURES.values()} else None


def _add_margin(
    found: MeasurePower, margin: float | None, size: MeasureSize, assumed: PowerAssumptions
) -> MeasurePower:
    if margin is None:
        return found
    effective = count_effective_items(size.cluster_sizes, assumed.cluster_correlation)
    needed = round(find_items_for_margin(margin, assumed) * size.items / effective)
    return replace(found, margin=margin, items_for_margin=needed)


def _compute_measure_power(size: MeasureSize, assumed: PowerAssumptions, wanted: float | None) -> MeasurePower:
    clusters, effective = (
        len(size.cluster_sizes),
        count_effective_items(size.cluster_sizes, assumed.cluster_correlation),
    )
    if size.kind == "score":
        return MeasurePower(size.name, size.kind, size.items, clusters, find_smallest_effect(effective, assumed))
    smallest, needed, seeds = find_smallest_difference(effective, assumed), None, None
    if wanted is not None and size.kind == "share" and (smallest is None or smallest > wanted):
        needed, seeds = find_needed_items(wanted, assumed), find_needed_seeds(wanted, effective, assumed)
        needed = None if needed is None else round(needed * size.items / effective)
    return MeasurePower(size.name, size.kind, size.items, clusters, smallest, needed, seeds)
