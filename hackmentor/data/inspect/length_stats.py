"""Statistics of the record lengths of a dataset in tokens, and of what each cutoff would lose."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from hackmentor.prompts.chat_template import ChatTemplate
from hackmentor.prompts.chunk_dialogue import split_into_exchanges
from hackmentor.prompts.encode import truncate_example
from hackmentor.prompts.example import Example
from hackmentor.records.record import Record

PERCENTILES = (0, 50, 90, 95, 99, 100)
MAX_BINS = 12


@dataclass(frozen=True, slots=True)
class RecordLengths:
    """The lengths of one record in tokens.

    At the i-th cutoff `trained_if_truncated[i]` trained tokens are left if it is truncated, `trained_if_split[i]` if it
    is split.
    """

    source: str
    task: str
    tokens: int
    trained_tokens: int
    trained_if_truncated: tuple[int, ...]
    trained_if_split: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class GroupStats:
    """Totals of the records of one source or task. The fields are those of the JSON output."""

    name: str
    records: int
    tokens: int
    trained_tokens: int


@dataclass(frozen=True, slots=True)
class HistogramBin:
    """How many records have from `low` to `high` tokens, both included; None: any number from `low`."""

    low: int
    high: int | None
    records: int


@dataclass(frozen=True, slots=True)
class CutoffStats:
    """What a cutoff loses, in trained tokens, by each way to handle records over it."""

    cutoff: int
    over: int
    lost_by_drop: int
    lost_by_truncate: int
    lost_by_split: int
    nothing_left: int
    """Records whose truncated rest holds nothing to train on."""


@dataclass(frozen=True, slots=True)
class LengthStats:
    """A dataset in tokens. A percentile is a length that occurs: at least that share of the records is no longer."""

    records: int
    tokens: int
    trained_tokens: int
    percentiles: dict[int, int]
    trained_percentiles: dict[int, int]
    histogram: list[HistogramBin]
    sources: list[GroupStats]
    tasks: list[GroupStats]
    cutoffs: list[CutoffStats]


def measure_record(record: Record, example: Example, template: ChatTemplate, cutoffs: Sequence[int]) -> RecordLengths:
    """Measure one record, encoded whole, at each cutoff: what training keeps if it truncates or splits it."""
    whole, length = example.trained_tokens, len(example.input_ids)
    exchanges_alone = _measure_exchanges(record, template) if length > min(cutoffs) else []
    over = [cutoff for cutoff in cutoffs if cutoff < length]
    cuts = [truncate_example(example, cutoff) for cutoff in over]
    # Cutoffs rise, so those that take nothing come last.
    untouched = (whole,) * (len(cutoffs) - len(over))
    return RecordLengths(
        source=record.source,
        task=record.task,
        tokens=length,
        trained_tokens=whole,
        trained_if_truncated=(*(cut.trained_tokens if cut else 0 for cut in cuts), *untouched),
        trained_if_split=(
            *(sum(trained for length, trained in exchanges_alone if length <= cutoff) for cutoff in over),
            *untouched,
        ),
    )


def _measure_exchanges(record: Record, template: ChatTemplate) -> list[tuple[int, int]]:
    """Tokens and trained tokens of each exchange of a record by itself: those over a cutoff are what a split loses."""
    encoded = [template.encode(exchange) for exchange in split_into_exchanges(record.to_conversation())]
    return [(len(record.input_ids), sum(record.trained)) for record in encoded]


def summarise_lengths(records: Sequence[RecordLengths], cutoffs: Sequence[int]) -> LengthStats:
    """The statistics of at least one record; `cutoffs` are those at which the records were measured."""
    lengths = [record.tokens for record in records]
    trained = [record.trained_tokens for record in records]
    return LengthStats(
        records=len(records),
        tokens=sum(lengths),
        trained_tokens=sum(trained),
        percentiles=compute_percentiles(lengths),
        trained_percentiles=compute_percentiles(trained),
        histogram=compute_histogram(lengths),
        sources=compute_group_stats(records, lambda record: record.source),
        tasks=compute_group_stats(records, lambda record: record.task),
        cutoffs=[_compute_cutoff_stats(cutoff, place, records) for place, cutoff in enumerate(cutoffs)],
    )


def compute_percentiles(lengths: Sequence[int]) -> dict[int, int]:
    """The shortest, the longest and some in between, by the nearest-rank method (Hyndman and Fan 1996, type 1)."""
    values = np.percentile(lengths, PERCENTILES, method="inverted_cdf")
    return dict(zip(PERCENTILES, map(int, values), strict=True))


def compute_histogram(lengths: Sequence[int]) -> list[HistogramBin]:
    """Bins of one width, a power of two, that show 99 % of the records; the last one takes all longer ones."""
    width, longest = 16, compute_percentiles(lengths)[99]
    while longest >= width * (MAX_BINS - 1):
        width *= 2
    counts = Counter(min(length // width, MAX_BINS - 1) for length in lengths)
    return [
        HistogramBin(place * width, (place + 1) * width - 1 if place < MAX_BINS - 1 else None, counts[place])
        for place in range(min(counts), max(counts) + 1)
    ]


def compute_group_stats(records: Iterable[RecordLengths], key: Callable[[RecordLengths], str]) -> list[GroupStats]:
    """Counts by a key, the group with most tokens first."""
    parts: dict[str, list[RecordLengths]] = {}
    for record in records:
        parts.setdefault(key(record), []).append(record)
    counted = [
        GroupStats(
            name, len(part), sum(record.tokens for record in part), sum(record.trained_tokens for record in part)
        )
        for name, part in parts.items()
    ]
    return sorted(counted, key=lambda group: (-group.tokens, group.name))


def sum_groups(groups: Sequence[GroupStats]) -> GroupStats:
    """Several groups as one."""
    return GroupStats(
        name="",
        records=sum(part.records for part in groups),
        tokens=sum(part.tokens for part in groups),
        trained_tokens=sum(part.trained_tokens for part in groups),
    )


def _compute_cutoff_stats(cutoff: int, index: int, records: Iterable[RecordLengths]) -> CutoffStats:
    over = [record for record in records if record.tokens > cutoff]
    return CutoffStats(
        cutoff=cutoff,
        over=len(over),
        lost_by_drop=sum(record.trained_tokens for record in over),
        lost_by_truncate=sum(record.trained_tokens - record.trained_if_truncated[index] for record in over),
        lost_by_split=sum(record.trained_tokens - record.trained_if_split[index] for record in over),
        nothing_left=sum(record.trained_if_truncated[index] == 0 for record in over),
    )
