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
# Two texts share a bucket where all rows of one band agree: 92 % of the pairs at the threshold do, 99 % of those at
# 0.9. All texts of a bucket are compared, so more bands cost time and nothing else.
BANDS, ROWS = 8, 8
# At most this many texts of a bucket are compared with. Records from one template fill a bucket without repeating each
# other, and comparing all pairs would be quadratic; true duplicates share other buckets as well.
MAX_BUCKET_SIZE = 512
SHINGLE_SIZE = 3
WORD = re.compile(r"\w+")
HASH_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)

Signatures = NDArray[np.uint32]
NO_BUCKET = -1


class MinHasher:
    """Computes MinHash signatures. Raises UserError where `datasketch` is missing."""

    def __init__(self) -> None:
        try:
            from datasketch import MinHash  # type: ignore[import-untyped]
        except ImportError as error:
            raise UserError("the package 'datasketch' is not installed. Install it: pip install datasketch") from error
        self._empty: Any = MinHash(num_perm=PERMUTATIONS, seed=1, hashfunc=crc32)

    def compute_signature(self, text: str) -> Signatures:
        """The signature of a text: the smallest hash of its word triples under each of 64 permutations."""
        signature = self._empty.copy()
        signature.update_batch([shingle.encode() for shingle in make_shingles(text)])
        return np.asarray(signature.hashvalues, dtype=np.uint32)


def compute_signatures(texts: Iterable[str]) -> Signatures:
    """The signatures of n texts, n × 64."""
    hasher = MinHasher()
    rows = [hasher.compute_signature(text) for text in texts]
    return np.stack(rows) if rows else np.empty((0, PERMUTATIONS), dtype=np.uint32)


def mark_distinct(
    signatures: Signatures, threshold: float = THRESHOLD, max_bucket_size: int = MAX_BUCKET_SIZE
) -> NDArray[np.bool_]:
    """A mask of the n texts that are no near-duplicate of an earlier text in the mask.

    `signatures` is n × 64; `threshold` is the estimated share (0 to 1) of word triples that two texts must have in
    common. A text is compared with the first `max_bucket_size` that stay of each bucket it shares. Memory: about 100
    bytes per text beside the signatures.
    """
    buckets = _assign_buckets(signatures)
    kept = np.ones(len(signatures), dtype=np.bool_)
    members: dict[int, list[int]] = {}
    for index in np.flatnonzero((buckets != NO_BUCKET).any(axis=1)).tolist():
        own_buckets = [bucket for bucket in buckets[index].tolist() if bucket != NO_BUCKET]
        candidates = [member for bucket in own_buckets for member in members.get(bucket, ())]
        if candidates and _estimate_similarities(signatures, candidates, index).max() >= threshold:
            kept[index] = False
            continue
        for bucket in own_buckets:
            bucket_members = members.setdefault(bucket, [])
            if len(bucket_members) < max_bucket_size:
                bucket_members.append(index)
    return kept


def match_near_duplicates(known: Signatures, new: Signatures, threshold: float = THRESHOLD) -> NDArray[np.int64]:
    """For each new text the index of the known text most similar to it, or -1 if none reaches the threshold."""
    buckets = _assign_buckets(np.concatenate((known, new)))
    members: dict[int, list[int]] = {}
    for index, row in enumerate(buckets[: len(known)].tolist()):
        for bucket in row:
            members.setdefault(bucket, []).append(index)
    members.pop(NO_BUCKET, None)
    result = np.full(len(new), -1, dtype=np.int64)
    for index, row in enumerate(buckets[len(known) :].tolist()):
        candidates = sorted({member for bucket in row for member in members.get(bucket, ())})
        if candidates:
            similarities = (known[candidates] == new[index]).mean(axis=1)
            result[index] = candidates[int(similarities.argmax())] if similarities.max() >= threshold else -1
    return result


def _estimate_similarities(signatures: Signatures, others: list[int], index: int) -> NDArray[np.float64]:
    similarities: NDArray[np.float64] = (signatures[others] == signatures[index]).mean(axis=1)
    return similarities


def _assign_buckets(signatures: Signatures) -> NDArray[np.int32]:
    """n × bands: the id of the bucket that a text shares with another in each band, or -1 if it shares none."""
    result = np.full((len(signatures), BANDS), NO_BUCKET, dtype=np.int32)
    bucket_count = 0
    for band in range(BANDS if len(signatures) else 0):
        keys = np.zeros(len(signatures), dtype=np.uint64)
        for row in range(band * ROWS, (band + 1) * ROWS):
            keys = (keys ^ signatures[:, row]) * HASH_MULTIPLIER
            keys ^= keys >> np.uint64(29)
        order = np.argsort(keys, kind="stable")
        same = keys[order[1:]] == keys[order[:-1]]
        is_shared = np.r_[same, False] | np.r_[False, same]
        bucket_ids = bucket_count + np.cumsum(np.r_[True, ~same])
        result[order[is_shared], band] = bucket_ids[is_shared]
        bucket_count += len(order)
    return result


def make_shingles(text: str, size: int = SHINGLE_SIZE) -> set[str]:
    """The distinct n-grams of `size` words; a shorter text is one n-gram."""
    words = WORD.findall(text.lower())
    if len(words) <= size:
        return {" ".join(words)}
    return set(map(" ".join, zip(*(words[at:] for at in range(size)), strict=False)))
