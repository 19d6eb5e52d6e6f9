"""Near-duplicates by MinHash and locality-sensitive hashing: texts that share most of their word triples.

Broder, "On the resemblance and containment of documents", 1997; banding as in Leskovec, Rajaraman and Ullman,
"Mining of Massive Datasets", chapter 3.
"""

import re
from collections.abc import Iterable
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from hackmentor.runtime.errors import UserError

THRESHOLD = 0.85
PERMUTATIONS = 64
# Two texts meet where all rows of one band agree: 92 % of the pairs at the threshold do, 99 % of those at 0.9. All who
# meet are compared, so that more bands cost time and nothing else.
BANDS, ROWS = 8, 8
# So many texts of one bucket are compared with. Records from one template crowd into a bucket without repeating each
# other, and to compare all with all would take the square of their number; true repeats meet in other buckets as well.
CROWD = 512
WIDTH = 3
WORD = re.compile(r"\w+")
MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)

Signatures = NDArray[np.uint32]
ALONE = -1


class Signer:
    """Makes MinHash signatures. Raises UserError where `datasketch` is missing."""

    def __init__(self) -> None:
        try:
            from datasketch import MinHash  # type: ignore[import-untyped]
        except ImportError as error:
            raise UserError("the package 'datasketch' is not installed. Install it: pip install datasketch") from error
        self._empty: Any = MinHash(num_perm=PERMUTATIONS, seed=1, hashfunc=crc32)

    def sign(self, text: str) -> Signatures:
        """The signature of a text: the smallest hash of its word triples under each of 64 permutations."""
        signature = self._empty.copy()
        signature.update_batch([piece.encode() for piece in shingles(text)])
        return np.asarray(signature.hashvalues, dtype=np.uint32)


def sign_all(texts: Iterable[str]) -> Signatures:
    """The signatures of n texts, n × 64."""
    signer = Signer()
    rows = [signer.sign(text) for text in texts]
    return np.stack(rows) if rows else np.empty((0, PERMUTATIONS), dtype=np.uint32)


def first_ones(signatures: Signatures, threshold: float = THRESHOLD, crowd: int = CROWD) -> NDArray[np.bool_]:
    """Which of n texts stay when each that nearly repeats an earlier one that stays is left out.

    `signatures` is n × 64; `threshold` is the estimated share (0 to 1) of word triples that two texts must have in
    common. A text is compared with the first `crowd` that stay of each bucket it shares. Memory: about 100 bytes a text
    beside the signatures.
    """
    rooms = _buckets(signatures)
    kept = np.ones(len(signatures), dtype=np.bool_)
    tenants: dict[int, list[int]] = {}
    for index in np.flatnonzero((rooms != ALONE).any(axis=1)).tolist():
        own = [bucket for bucket in rooms[index].tolist() if bucket != ALONE]
        met = [tenant for bucket in own for tenant in tenants.get(bucket, ())]
        if met and _shares(signatures, met, index).max() >= threshold:
            kept[index] = False
            continue
        for bucket in own:
            room = tenants.setdefault(bucket, [])
            if len(room) < crowd:
                room.append(index)
    return kept


def nearest(known: Signatures, new: Signatures, threshold: float = THRESHOLD) -> NDArray[np.int64]:
    """For each new text the index of the known one that it repeats most nearly, or -1 where it repeats none."""
    rooms = _buckets(np.concatenate((known, new)))
    tenants: dict[int, list[int]] = {}
    for index, row in enumerate(rooms[: len(known)].tolist()):
        for bucket in row:
            tenants.setdefault(bucket, []).append(index)
    tenants.pop(ALONE, None)
    found = np.full(len(new), -1, dtype=np.int64)
    for index, row in enumerate(rooms[len(known) :].tolist()):
        met = sorted({tenant for bucket in row for tenant in tenants.get(bucket, ())})
        if met:
            shares = (known[met] == new[index]).mean(axis=1)
            found[index] = met[int(shares.argmax())] if shares.max() >= threshold else -1
    return found


def _shares(signatures: Signatures, others: list[int], index: int) -> NDArray[np.float64]:
    shares: NDArray[np.float64] = (signatures[others] == signatures[index]).mean(axis=1)
    return shares


def _buckets(signatures: Signatures) -> NDArray[np.int32]:
    """n × bands: the number of the bucket that a text shares with another in each band, or -1 if it is alone there."""
    found = np.full((len(signatures), BANDS), ALONE, dtype=np.int32)
    given = 0
    for band in range(BANDS if len(signatures) else 0):
        keys = np.zeros(len(signatures), dtype=np.uint64)
        for row in range(band * ROWS, (band + 1) * ROWS):
            keys = (keys ^ signatures[:, row]) * MULTIPLIER
            keys ^= keys >> np.uint64(29)
        order = np.argsort(keys, kind="stable")
        same = keys[order[1:]] == keys[order[:-1]]
        shared = np.r_[same, False] | np.r_[False, same]
        numbers = given + np.cumsum(np.r_[True, ~same])
        found[order[shared], band] = numbers[shared]
        given += len(order)
    return found


def shingles(text: str, width: int = WIDTH) -> set[str]:
    """The distinct runs of `width` words; a shorter text is one run."""
    words = WORD.findall(text.lower())
    if len(words) <= width:
        return {" ".join(words)}
    return set(map(" ".join, zip(*(words[at:] for at in range(width)), strict=False)))
