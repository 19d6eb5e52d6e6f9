"""Finds evaluation records whose text the training data already contains."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hackmentor.data.refine.minhash import nearest, sign_all
from hackmentor.data.refine.ngrams import batches, once, runs_of
from hackmentor.records.record import Record
from hackmentor.runtime.errors import UserError

LIMIT = 0.5
# A run of words in this many training records is a common phrase, and no sign that one record was copied.
COMMON = 10
# Fewer runs in common may be chance.
LEAST = 3
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Overlap:
    """An evaluation record and a training record that share text; `share` is of the evaluation record (0 to 1)."""

    held_out: str
    train: str
    how: str
    share: float


class _Asked:
    """The runs of the evaluation records as sorted numbers, and how often training has met each of them.

    Memory: about 40 bytes a word of the evaluation records, and the ids of the training records that share something.
    """

    def __init__(self, held_out: Iterable[Record]) -> None:
        self.ids: list[str] = []
        runs, owners = [np.empty(0, dtype=np.uint64)], [np.empty(0, dtype=np.int64)]
        for batch in batches(held_out):
            found, owner = once(*runs_of(batch))
            runs.append(found)
            owners.append(owner + len(self.ids))
            self.ids += [record.id for record in batch]
        together = np.concatenate(runs)
        self._owner = np.concatenate(owners)
        self._runs = np.unique(together)
        self._place = np.searchsorted(self._runs, together)
        self._times = np.zeros(len(self._runs), dtype=np.int32)
        self._last = np.full(len(self._runs), -1, dtype=np.int64)
        self._names: dict[int, str] = {}
        self._met = 0

    def meet(self, batch: list[Record]) -> None:
        """Count the runs that some training records share with the evaluation records."""
        runs, owner = runs_of(batch)
        if len(self._runs):
            # In ascending order they are found ten times as fast: the search walks through memory instead of jumping.
            order = np.argsort(runs)
            runs, owner = runs[order], owner[order]
            place = np.minimum(np.searchsorted(self._runs, runs), len(self._runs) - 1)
            known = self._runs[place] == runs
            place, owner = once(place[known], owner[known])
            np.add.at(self._times, place, 1)
            # Owners ascend, so that the last record with a run is the one that stays.
            self._last[place] = owner + self._met
            self._names |= {self._met + int(number): batch[number].id for number in np.unique(owner)}
        self._met += len(batch)

    def overlaps(self, limit: float) -> Iterator[Overlap]:
        """Evaluation records of whose runs at least `limit` (0 to 1) are in training, common phrases aside."""
        telling = self._times[self._place] < COMMON
        shared = telling & (self._times[self._place] > 0)
        of_all = np.bincount(self._owner[telling], minlength=len(self.ids))
        of_shared = np.bincount(self._owner[shared], minlength=len(self.ids))
        for number in np.flatnonzero((of_shared >= LEAST) & (of_shared >= limit * of_all)).tolist():
            first, end = np.searchsorted(self._owner, [number, number + 1])
            source = self._nearest(self._place[first:end][shared[first:end]])
            yield Overlap(self.ids[number], source, "13-word runs", round(of_shared[number] / of_all[number], 3))

    def _nearest(self, places: NDArray[np.int64]) -> str:
        numbers, counts = np.unique(self._last[places], return_counts=True)
        return self._names[int(numbers[counts.argmax()])]


def shared_runs(train: Iterable[Record], held_out: Iterable[Record], limit: float = LIMIT) -> list[Overlap]:
    """Evaluation records of whose 13-word runs at least `limit` (0 to 1) are in training; one overlap for each.

    Runs that ten and more training records have in common do not count.
    """
    asked = _Asked(held_out)
    for batch in batches(train):
        asked.meet(batch)
    return list(asked.overlaps(limit))


def overlaps(train: Iterable[Record], held_out: Sequence[Record], limit: float = LIMIT) -> list[Overlap]:
    """Evaluation records that training repeats: the same content, or many of their 13-word runs.

    `train` is gone through twice and never held.
    """
    asked = {record.sha256 for record in held_out}
    digests = {record.sha256: record.id for record in train if record.sha256 in asked}
    exact = {record.id: digests[record.sha256] for record in held_out if record.sha256 in digests}
    found = [Overlap(record.id, exact[record.id], "exact", 1.0) for record in held_out if record.id in exact]
    return found + shared_runs(train, [record for record in held_out if record.id not in exact], limit)


def near_overlaps(train: Iterable[Record], held_out: Sequence[Record]) -> list[Overlap]:
    """Training records that nearly repeat an evaluation record, by MinHash."""
    asked = sign_all(record.text() for record in held_out)
    found: list[Overlap] = []
    for batch in batches(train):
        known = nearest(asked, sign_all(record.text() for record in batch)).tolist()
        pairs = ((held_out[at].id, record.id) for record, at in zip(batch, known, strict=True) if at >= 0)
        found += [Overlap(evaluated, trained, "near-duplicate", 1.0) for evaluated, trained in pairs]
    return found


def refuse_contamination(train: Iterable[Record], held_out: Sequence[Record], name: str) -> None:
    """Raise UserError that names the offending pairs if training contains what `name` evaluates."""
    found = overlaps(train, held_out)
    named = {overlap.held_out for overlap in found}
    found += near_overlaps(train, [record for record in held_out if record.id not in named])
    if found:
        pairs = "; ".join(f"{item.held_out} ~ {item.train} ({item.how})" for item in found[:SHOWN])
        more = f"; and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
        raise UserError(f"{name}: {len(found)} evaluation record(s) occur in the training data: {pairs}{more}")
