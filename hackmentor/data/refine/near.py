"""Near-duplicates by MinHash: texts that share most of their word triples."""

import re
from typing import Any
from zlib import crc32

from hackmentor.data.records import Record
from hackmentor.errors import UserError

THRESHOLD = 0.85
PERMUTATIONS = 64
WIDTH = 3
WORD = re.compile(r"\w+")


class NearIndex:
    """Remembers texts and finds one that a new text nearly repeats.

    `threshold` is the estimated share (0 to 1) of word triples that two texts must have in common. The same texts in
    the same order always give the same answers. Memory: about 1.5 KB a text. Raises UserError where `datasketch` is
    missing.
    """

    def __init__(self, threshold: float = THRESHOLD) -> None:
        try:
            from datasketch import MinHash, MinHashLSH  # type: ignore[import-untyped]
        except ImportError as error:
            raise UserError("the package 'datasketch' is not installed. Install it: pip install datasketch") from error
        self._threshold = threshold
        self._empty = MinHash(num_perm=PERMUTATIONS, seed=1, hashfunc=crc32)
        self._index = MinHashLSH(threshold=threshold, num_perm=PERMUTATIONS)
        self._kept: dict[str, Any] = {}

    def find(self, record: Record) -> str:
        """The id of a remembered record that this one nearly repeats; empty if there is none."""
        return self._find(self._signature(record))

    def add(self, record: Record) -> str:
        """Like `find`; a record that repeats nothing is remembered."""
        signature = self._signature(record)
        found = self._find(signature)
        if not found:
            self._index.insert(record.id, signature, check_duplication=False)
            self._kept[record.id] = signature
        return found

    def _signature(self, record: Record) -> Any:  # noqa: ANN401
        signature = self._empty.copy()
        signature.update_batch([piece.encode() for piece in shingles(record.text())])
        return signature

    def _find(self, signature: Any) -> str:  # noqa: ANN401
        # The index answers with candidates; the signatures decide.
        similar = {key: self._kept[key].jaccard(signature) for key in self._index.query(signature)}
        close = [(-share, key) for key, share in similar.items() if share >= self._threshold]
        return min(close)[1] if close else ""


def shingles(text: str, width: int = WIDTH) -> set[str]:
    """The distinct runs of `width` words; a shorter text is one run."""
    words = WORD.findall(text.lower())
    if len(words) <= width:
        return {" ".join(words)}
    return {" ".join(words[at : at + width]) for at in range(len(words) - width + 1)}
