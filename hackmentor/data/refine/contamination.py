"""Finds evaluation records whose text the training data already contains."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from hackmentor.data.records import Record
from hackmentor.data.refine.near import WORD, NearIndex
from hackmentor.errors import UserError

WIDTH = 13
LIMIT = 0.5
# A run of words in this many training records is a common phrase, and no sign that one record was copied.
COMMON = 10
SHOWN = 5
MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True)
class Overlap:
    """An evaluation record and a training record that share text; `share` is of the evaluation record (0 to 1)."""

    held_out: str
    train: str
    how: str
    share: float


def overlaps(train: Sequence[Record], held_out: Sequence[Record], limit: float = LIMIT) -> list[Overlap]:
    """Evaluation records that training repeats: the same content, or `limit` (0 to 1) of their 13-word runs.

    Runs that ten and more training records have in common do not count. At most one overlap for each record.
    """
    digests = {record.sha256: record.id for record in train}
    exact = {record.id: digests[record.sha256] for record in held_out if record.sha256 in digests}
    found = [Overlap(record.id, exact[record.id], "exact", 1.0) for record in held_out if record.id in exact]
    rest = [record for record in held_out if record.id not in exact]
    return found + list(_by_runs(train, rest, limit))


def _by_runs(train: Sequence[Record], held_out: Sequence[Record], limit: float) -> Iterator[Overlap]:
    own = [_runs(record) for record in held_out]
    wanted = set().union(*own)
    times: Counter[int] = Counter()
    last: dict[int, int] = {}
    for number, record in enumerate(train):
        for run in _runs(record) & wanted:
            times[run] += 1
            last[run] = number
    for record, runs in zip(held_out, own, strict=True):
        telling = [run for run in runs if times[run] < COMMON]
        shared = [run for run in telling if times[run]]
        if len(shared) > 2 and len(shared) >= limit * len(telling):
            source = Counter(last[run] for run in shared)
            nearest = min(source, key=lambda number: (-source[number], number))
            yield Overlap(record.id, train[nearest].id, "13-word runs", round(len(shared) / len(telling), 3))


def _runs(record: Record) -> set[int]:
    """A number for each run of words; two different runs share one about once in 10^19 pairs."""
    words = np.array([hash(word) for word in WORD.findall(record.text().lower())], dtype=np.int64).view(np.uint64)
    count = len(words) - WIDTH + 1
    if count < 1:
        return set()
    total = np.zeros(count, dtype=np.uint64)
    for offset in range(WIDTH):
        total = total * MULTIPLIER + words[offset : offset + count]
    return set(total.tolist())


def near_overlaps(train: Iterable[Record], held_out: Sequence[Record]) -> list[Overlap]:
    """Training records that nearly repeat an evaluation record, by MinHash."""
    index = NearIndex()
    for record in held_out:
        index.add(record)
    pairs = ((index.find(record), record.id) for record in train)
    return [Overlap(evaluated, trained, "near-duplicate", 1.0) for evaluated, trained in pairs if evaluated]


def refuse_contamination(train: Sequence[Record], held_out: Sequence[Record], name: str) -> None:
    """Raise UserError that names the offending pairs if training contains what `name` evaluates."""
    found = overlaps(train, held_out)
    named = {overlap.held_out for overlap in found}
    found += near_overlaps(train, [record for record in held_out if record.id not in named])
    if found:
        pairs = "; ".join(f"{item.held_out} ~ {item.train} ({item.how})" for item in found[:SHOWN])
        more = f"; and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
        raise UserError(f"{name}: {len(found)} evaluation record(s) occur in the training data: {pairs}{more}")
