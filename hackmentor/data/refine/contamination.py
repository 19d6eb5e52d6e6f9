"""Contamination check: finds evaluation records whose text the training data already contains."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hackmentor.data.refine.minhash import compute_signatures, match_near_duplicates
from hackmentor.data.refine.ngrams import batch_records, deduplicate, hash_ngrams
from hackmentor.records.record import Record
from hackmentor.runtime.errors import UserError

OVERLAP_THRESHOLD = 0.5
# An n-gram in this many training records is a common phrase, and no sign that a record was copied.
COMMON_NGRAM_RECORDS = 10
# Fewer n-grams in common may be chance.
MIN_SHARED_NGRAMS = 3
MAX_PAIRS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Overlap:
    """An evaluation record and a training record that share text; `share` is of the evaluation record (0 to 1)."""

    held_out: str
    train: str
    method: str
    share: float


class _HeldOutNgrams:
    """The 13-grams of the held-out records as sorted hashes, with the number of training records that contain each.

    Memory: about 40 bytes per word of the held-out records, and the ids of the training records that share an n-gram.
    """

    def __init__(self, held_out: Iterable[Record]) -> None:
        self.ids: list[str] = []
        ngrams, owners = [np.empty(0, dtype=np.uint64)], [np.empty(0, dtype=np.int64)]
        for batch in batch_records(held_out):
            batch_ngrams, batch_owners = deduplicate(*hash_ngrams(batch))
            ngrams.append(batch_ngrams)
            owners.append(batch_owners + len(self.ids))
            self.ids += [record.id for record in batch]
        all_ngrams = np.concatenate(ngrams)
        self._owner = np.concatenate(owners)
        self._ngrams = np.unique(all_ngrams)
        self._positions = np.searchsorted(self._ngrams, all_ngrams)
        self._record_counts = np.zeros(len(self._ngrams), dtype=np.int32)
        self._last_owner = np.full(len(self._ngrams), -1, dtype=np.int64)
        self._train_ids: dict[int, str] = {}
        self._seen = 0

    def count_shared(self, batch: list[Record]) -> None:
        """Count the n-grams that a batch of training records shares with the held-out records."""
        ngrams, owners = hash_ngrams(batch)
        if len(self._ngrams):
            # Sorted, they are found ten times as fast: the search walks through memory instead of jumping.
            order = np.argsort(ngrams)
            ngrams, owners = ngrams[order], owners[order]
            positions = np.minimum(np.searchsorted(self._ngrams, ngrams), len(self._ngrams) - 1)
            is_known = self._ngrams[positions] == ngrams
            positions, owners = deduplicate(positions[is_known], owners[is_known])
            np.add.at(self._record_counts, positions, 1)
            # Owners ascend, so the last record with an n-gram is the one that stays.
            self._last_owner[positions] = owners + self._seen
            self._train_ids |= {self._seen + int(row): batch[row].id for row in np.unique(owners)}
        self._seen += len(batch)

    def find_overlaps(self, threshold: float) -> Iterator[Overlap]:
        """Held-out records of whose n-grams at least `threshold` (0 to 1) are in training, common phrases aside."""
        is_distinctive = self._record_counts[self._positions] < COMMON_NGRAM_RECORDS
        is_shared = is_distinctive & (self._record_counts[self._positions] > 0)
        ngram_counts = np.bincount(self._owner[is_distinctive], minlength=len(self.ids))
        shared_counts = np.bincount(self._owner[is_shared], minlength=len(self.ids))
        overlapping = (shared_counts >= MIN_SHARED_NGRAMS) & (shared_counts >= threshold * ngram_counts)
        for row in np.flatnonzero(overlapping).tolist():
            first, end = np.searchsorted(self._owner, [row, row + 1])
            train_id = self._find_most_shared(self._positions[first:end][is_shared[first:end]])
            yield Overlap(self.ids[row], train_id, "13-grams", round(shared_counts[row] / ngram_counts[row], 3))

    def _find_most_shared(self, positions: NDArray[np.int64]) -> str:
        candidates, frequencies = np.unique(self._last_owner[positions], return_counts=True)
        return self._train_ids[int(candidates[frequencies.argmax()])]


def find_shared_ngrams(
    train: Iterable[Record], held_out: Iterable[Record], threshold: float = OVERLAP_THRESHOLD
) -> list[Overlap]:
    """Held-out records of whose 13-grams at least `threshold` (0 to 1) are in training; one overlap for each.

    N-grams that ten or more training records contain do not count.
    """
    held_out_ngrams = _HeldOutNgrams(held_out)
    for batch in batch_records(train):
        held_out_ngrams.count_shared(batch)
    return list(held_out_ngrams.find_overlaps(threshold))


def find_overlaps(
    train: Iterable[Record], held_out: Sequence[Record], threshold: float = OVERLAP_THRESHOLD
) -> list[Overlap]:
    """Held-out records that training repeats: the same content, or many of their 13-grams.

    `train` is iterated twice and never held in memory.
    """
    held_out_digests = {record.sha256 for record in held_out}
    digests = {record.sha256: record.id for record in train if record.sha256 in held_out_digests}
    exact = {record.id: digests[record.sha256] for record in held_out if record.sha256 in digests}
    matches = [Overlap(record.id, exact[record.id], "exact", 1.0) for record in held_out if record.id in exact]
    return matches + find_shared_ngrams(train, [record for record in held_out if record.id not in exact], threshold)


def find_near_duplicates(train: Iterable[Record], held_out: Sequence[Record]) -> list[Overlap]:
    """Training records that are near-duplicates of a held-out record, by MinHash."""
    held_out_signatures = compute_signatures(record.to_text() for record in held_out)
    matches: list[Overlap] = []
    for batch in batch_records(train):
        matched_rows = match_near_duplicates(
            held_out_signatures, compute_signatures(record.to_text() for record in batch)
        ).tolist()
        pairs = ((held_out[row].id, record.id) for record, row in zip(batch, matched_rows, strict=True) if row >= 0)
        matches += [Overlap(evaluated, trained, "near-duplicate", 1.0) for evaluated, trained in pairs]
    return matches


def refuse_contamination(train: Iterable[Record], held_out: Sequence[Record], name: str) -> None:
    """Raise UserError that names the offending pairs if training contains what `name` evaluates."""
    matches = find_overlaps(train, held_out)
    named = {overlap.held_out for overlap in matches}
    matches += find_near_duplicates(train, [record for record in held_out if record.id not in named])
    if matches:
        pairs = "; ".join(f"{item.held_out} ~ {item.train} ({item.method})" for item in matches[:MAX_PAIRS_SHOWN])
        more = f"; and {len(matches) - MAX_PAIRS_SHOWN} more" if len(matches) > MAX_PAIRS_SHOWN else ""
        raise UserError(f"{name}: {len(matches)} evaluation record(s) occur in the training data: {pairs}{more}")
