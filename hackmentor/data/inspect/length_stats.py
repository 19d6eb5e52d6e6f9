"""How long the records of a data set are, by what they are, and what a cutoff would take from them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from hackmentor.prompts.chat_template import ChatTemplate
from hackmentor.prompts.chunk_dialogue import exchanges
from hackmentor.prompts.encode import truncate
from hackmentor.prompts.example import Example
from hackmentor.records.record import Record

PERCENTILES = (0, 50, 90, 95, 99, 100)
MOST_BINS = 12


@dataclass(frozen=True, slots=True)
class Measured:
    """One record in tokens. How many trained tokens are left at the i-th cutoff: `within[i]` if it is truncated there,
    `split[i]` if it is split.
    """

    source: str
    task: str
    tokens: int
    trained_tokens: int
    within: tuple[int, ...]
    split: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Records that have something in common."""

    name: str
    records: int
    tokens: int
    trained_tokens: int


@dataclass(frozen=True, slots=True)
class Bin:
    """How many records have from `low` to `high` tokens, both included; None: any number from `low`."""

    low: int
    high: int | None
    records: int


@dataclass(frozen=True, slots=True)
class Cutoff:
    """What a cutoff does. Trained tokens are those that a loss is taken of; lost ones would have been without it."""

    cutoff: int
    over: int
    lost_by_drop: int
    lost_by_truncate: int
    lost_by_split: int
    nothing_left: int
    """Records whose truncated rest holds nothing to train on."""


@dataclass(frozen=True, slots=True)
class Figures:
    """A data set in tokens. Percentiles are lengths that occur: at least that share of records is no longer."""

    records: int
    tokens: int
    trained_tokens: int
    percentiles: dict[int, int]
    trained_percentiles: dict[int, int]
    histogram: list[Bin]
    sources: list[Group]
    tasks: list[Group]
    cutoffs: list[Cutoff]


def measure(record: Record, example: Example, template: ChatTemplate, cutoffs: Sequence[int]) -> Measured:
    """One record, encoded whole, at each cutoff: what is left of it there if training cuts or splits it."""
    whole, length = example.trained_tokens, len(example.input_ids)
    alone = _exchanges(record, template) if length > min(cutoffs) else []
    over = [cutoff for cutoff in cutoffs if cutoff < length]
    cuts = [truncate(example, cutoff) for cutoff in over]
    # Cutoffs rise, so those that take nothing come last.
    untouched = (whole,) * (len(cutoffs) - len(over))
    return Measured(
        source=record.source,
        task=record.task,
        tokens=length,
        trained_tokens=whole,
        within=(*(cut.trained_tokens if cut else 0 for cut in cuts), *untouched),
        split=(*(sum(said for size, said in alone if size <= cutoff) for cutoff in over), *untouched),
    )


def _exchanges(record: Record, template: ChatTemplate) -> list[tuple[int, int]]:
    """Tokens and trained tokens of each exchange of a record by itself: those over a cutoff are what a split loses."""
    encoded = [template.encode(exchange) for exchange in exchanges(record.conversation())]
    return [(len(one.input_ids), sum(one.trained)) for one in encoded]


def summarise(measured: Sequence[Measured], cutoffs: Sequence[int]) -> Figures:
    """The figures of at least one record; `cutoffs` are those that the records were measured at."""
    lengths = [one.tokens for one in measured]
    trained = [one.trained_tokens for one in measured]
    return Figures(
        records=len(measured),
        tokens=sum(lengths),
        trained_tokens=sum(trained),
        percentiles=percentiles(lengths),
        trained_percentiles=percentiles(trained),
        histogram=histogram(lengths),
        sources=groups(measured, lambda one: one.source),
        tasks=groups(measured, lambda one: one.task),
        cutoffs=[_at(cutoff, place, measured) for place, cutoff in enumerate(cutoffs)],
    )


def percentiles(lengths: Sequence[int]) -> dict[int, int]:
    """The shortest, the longest and some in between, by the nearest-rank method (Hyndman and Fan 1996, type 1)."""
    found = np.percentile(lengths, PERCENTILES, method="inverted_cdf")
    return dict(zip(PERCENTILES, map(int, found), strict=True))


def histogram(lengths: Sequence[int]) -> list[Bin]:
    """Bins of one width, a power of two, that show 99 % of the records; the last one takes all longer ones."""
    width, most = 16, percentiles(lengths)[99]
    while most >= width * (MOST_BINS - 1):
        width *= 2
    counts = Counter(min(length // width, MOST_BINS - 1) for length in lengths)
    return [
        Bin(place * width, (place + 1) * width - 1 if place < MOST_BINS - 1 else None, counts[place])
        for place in range(min(counts), max(counts) + 1)
    ]


def groups(measured: Iterable[Measured], key: Callable[[Measured], str]) -> list[Group]:
    """Counts by a key, the group with most tokens first."""
    parts: dict[str, list[Measured]] = {}
    for one in measured:
        parts.setdefault(key(one), []).append(one)
    counted = [
        Group(name, len(part), sum(one.tokens for one in part), sum(one.trained_tokens for one in part))
        for name, part in parts.items()
    ]
    return sorted(counted, key=lambda group: (-group.tokens, group.name))


def total(parts: Sequence[Group]) -> Group:
    """Several groups as one."""
    return Group(
        name="",
        records=sum(part.records for part in parts),
        tokens=sum(part.tokens for part in parts),
        trained_tokens=sum(part.trained_tokens for part in parts),
    )


def _at(cutoff: int, place: int, measured: Iterable[Measured]) -> Cutoff:
    over = [one for one in measured if one.tokens > cutoff]
    return Cutoff(
        cutoff=cutoff,
        over=len(over),
        lost_by_drop=sum(one.trained_tokens for one in over),
        lost_by_truncate=sum(one.trained_tokens - one.within[place] for one in over),
        lost_by_split=sum(one.trained_tokens - one.split[place] for one in over),
        nothing_left=sum(one.within[place] == 0 for one in over),
    )
