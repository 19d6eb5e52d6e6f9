"""Runs of 13 words as numbers, for many texts at a time."""

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from hackmentor.data.refine.minhash import MULTIPLIER, WORD
from hackmentor.records.record import Record

WIDTH = 13
BATCH = 2_000

N = TypeVar("N", np.uint64, np.int64)
Runs = tuple[NDArray[np.uint64], NDArray[np.int64]]


def batches(records: Iterable[Record]) -> Iterator[list[Record]]:
    """The records, some thousands at a time: that bounds memory, and is enough to keep numpy busy."""
    left = iter(records)
    while batch := list(islice(left, BATCH)):
        yield batch


def runs_of(records: list[Record]) -> Runs:
    """A number for each run of words, and beside it the position in the batch of the record that holds it.

    Two different runs share a number about once in 10^19 pairs. The numbers hold for this process only.
    """
    words = [WORD.findall(record.text().lower()) for record in records]
    lengths = np.array([len(found) for found in words], dtype=np.int64)
    hashes = np.fromiter(map(hash, chain.from_iterable(words)), dtype=np.int64, count=int(lengths.sum()))
    count = max(len(hashes) - WIDTH + 1, 0)
    total = np.zeros(count, dtype=np.uint64)
    for offset in range(WIDTH):
        total = total * MULTIPLIER + hashes.view(np.uint64)[offset : offset + count]
    owner = np.repeat(np.arange(len(records)), lengths)
    # A run that begins in one record and ends in the next is none.
    whole = owner[:count] == owner[WIDTH - 1 : WIDTH - 1 + count]
    return total[whole], owner[:count][whole]


def once(numbers: NDArray[N], owner: NDArray[np.int64]) -> tuple[NDArray[N], NDArray[np.int64]]:
    """Each number of an owner once, the owners in ascending order."""
    order = np.lexsort((numbers, owner))
    numbers, owner = numbers[order], owner[order]
    fresh = np.ones(len(numbers), dtype=np.bool_)
    fresh[1:] = (numbers[1:] != numbers[:-1]) | (owner[1:] != owner[:-1])
    return numbers[fresh], owner[fresh]
