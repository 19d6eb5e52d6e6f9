"""The terms of texts as sparse vectors, with a weight for each: what two wordings of one question have in common."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

# Two terms share a column about once in a million pairs.
COLUMNS = 1 << 20
# A term in more of the exchanges says little about one of them, and takes most of the time.
MAX_SHARE = 0.05
# Of few exchanges even a rare term is in a twentieth.
MIN_COMMON = 50
STEM_LENGTH = 6

_WORD = re.compile(r"[a-z0-9]+|[^\W_a-z0-9]")
_ENDINGS = ("ing", "ed", "es", "s", "e")
_STOP_WORDS = frozenset(
    re.findall(
        r"\w+",
        "a an and any are as at be been but by can did do does for from had has have how if in into is it its of on or "
        "our so than that the their them these they this those to was we were what when where which who whom why will "
        "with would you your following",
    )
)

Terms = Any  # scipy.sparse.csr_matrix, which has no types


def count_terms(texts: Iterable[str]) -> Terms:
    """n × 2^20: 1 for each term that a text has. A term is the beginning of a word, or one Chinese character."""
    columns: list[int] = []
    ends = [0]
    for text in texts:
        columns += {_hash_stem(word) for word in _WORD.findall(text.lower()) if word not in _STOP_WORDS}
        ends.append(len(columns))
    return sparse.csr_matrix(
        (np.ones(len(columns), dtype=np.float32), columns, ends), shape=(len(ends) - 1, COLUMNS), dtype=np.float32
    )


@lru_cache(maxsize=1 << 18)
def _hash_stem(word: str) -> int:
    """The column of a word: mitigate, mitigated and mitigation have the same."""
    if word.isalpha() and len(word) > 4:
        ending = next((end for end in _ENDINGS if word.endswith(end) and len(word) - len(end) >= 4), "")
        word = word.removesuffix(ending)[:STEM_LENGTH]
    return crc32(word.encode()) % COLUMNS


class TermWeights:
    """How much each term says: the logarithm of how few of the texts have it (inverse document frequency)."""

    def __init__(self) -> None:
        self._texts = 0
        self._counts = np.zeros(COLUMNS, dtype=np.int64)

    def add(self, terms: Terms) -> None:
        """Counts more texts."""
        self._texts += terms.shape[0]
        np.add.at(self._counts, terms.indices, 1)

    @property
    def weights(self) -> NDArray[np.float32]:
        """By column."""
        return np.log((1 + self._texts) / (1 + self._counts)).astype(np.float32)

    @property
    def is_common(self) -> NDArray[np.bool_]:
        """By column, whether so many texts have the term that it says little about one of them."""
        return self._counts > max(MAX_SHARE * self._texts, MIN_COMMON)


def normalise_rows(terms: Terms, weights: NDArray[np.float32]) -> Terms:
    """The weighted terms, each row of length 1, so that a product of two rows is their cosine; 0 of no term."""
    weighted = _weigh(terms, weights)
    lengths = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1)).ravel())
    return _scale_rows(weighted, lengths)


def share_rows(terms: Terms, weights: NDArray[np.float32]) -> Terms:
    """The weighted terms, each row of sum 1: the product with what a text has is the share of them that it has."""
    weighted = _weigh(terms, weights)
    return _scale_rows(weighted, np.asarray(weighted.sum(axis=1)).ravel())


def subtract_terms(terms: Terms, known: Terms) -> Terms:
    """The terms of each row that the same row of `known` has not."""
    rest = (terms - terms.multiply(known)).tocsr()
    rest.eliminate_zeros()
    return rest


def _weigh(terms: Terms, weights: NDArray[np.float32]) -> Terms:
    weighted = terms.multiply(weights).tocsr()
    weighted.eliminate_zeros()
    return weighted


def _scale_rows(terms: Terms, sums: NDArray[np.float32]) -> Terms:
    sums[sums == 0] = 1
    return (sparse.diags(1 / sums) @ terms).tocsr()
