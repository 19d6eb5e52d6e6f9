"""Hashes of word 13-grams, for many texts at a time."""

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from hackmentor.data.refine.minhash import HASH_MULTIPLIER, WORD
from hackmentor.records.record import Record

NGRAM_SIZE = 13
BATCH_SIZE = 2_000

N = TypeVar("N", np.uint64, np.int64)
NgramHashes = tuple[NDArray[np.uint64], NDArray[np.int64]]


def batch_records(records: Iterable[Record]) -> Iterator[list[Record]]:
    """The records in batches of 2,000: that bounds memory, and is enough to keep numpy busy."""
    remaining = iter(records)
    while batch := list(islice(remaining, BATCH_SIZE)):
        yield batch


def hash_ngrams(records: list[Record]) -> NgramHashes:
    """The 64-bit hash of each n-gram, and beside it the position in the batch of the record that contains it.

    Two different n-grams share a hash about once in 10^19 pairs. The hashes hold for this process only.
    """
    words = [WORD.findall(record.to_text().lower()) for record in records]
    lengths = np.array([len(tokens) for tokens in words], dtype=np.int64)
    hashes = np.fromiter(map(hash, chain.from_iterable(words)), dtype=np.int64, count=int(lengths.sum()))
    count = max(len(hashes) - NGRAM_SIZE + 1, 0)
    ngrams = np.zeros(count, dtype=np.uint64)
    for offset in range(NGRAM_SIZE):
        ngrams = ngrams * HASH_MULTIPLIER + hashes.view(np.uint64)[offset : offset + count]
    owners = np.repeat(np.arange(len(records)), lengths)
    # An n-gram must not begin in one record and end in the next.
    within_record = owners[:count] == owners[NGRAM_SIZE - 1 : NGRAM_SIZE - 1 + count]
    return ngrams[within_record], owners[:count][within_record]


def deduplicate(values: NDArray[N], owners: NDArray[np.int64]) -> tuple[NDArray[N], NDArray[np.int64]]:
    """Each value of an owner once, the owners in ascending order."""
    order = np.lexsort((values, owners))
    values, owners = values[order], owners[order]
    is_first = np.ones(len(values), dtype=np.bool_)
    is_first[1:] = (values[1:] != values[:-1]) | (owners[1:] != owners[:-1])
    return values[is_first], owners[is_first]
