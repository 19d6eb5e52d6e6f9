"""What of the spilled records is worth keeping: fit to train on, and saying something that no earlier one says."""

import numpy as np
from numpy.typing import NDArray

from hackmentor.data.curation_log import Ledger
from hackmentor.data.record_buffer import Facts, Indexes, Spill
from hackmentor.data.refine.exact_duplicates import repeats
from hackmentor.data.refine.instruction_index import Instructions
from hackmentor.data.refine.minhash import PERMUTATIONS, Signatures, Signer, first_ones
from hackmentor.data.refine.quality import unfit
from hackmentor.data.sources.seeds import Seed, load_seeds
from hackmentor.records.record import Record

TAUGHT = "teacher:"
SIMILAR = "instruction too similar to a seed or to an earlier one of the teacher"


class Refinery:
    """Keeps the good ones of some records, and notes what happened to the others.

    The first of two records with the same or nearly the same text stays, so what must not be lost goes in first.
    """

    def __init__(self, spill: Spill, facts: Facts, ledger: Ledger) -> None:
        self._spill, self._facts, self._ledger = spill, facts, ledger
        self._taught: Instructions | None = None

    def refine(self, indexes: Indexes) -> Indexes:
        """The records worth keeping, in the given order."""
        kept, signatures = self._sound(indexes)
        first = first_ones(signatures)
        for index in kept[~first].tolist():
            self._drop(index, "near-duplicate")
        return kept[first]

    def _sound(self, indexes: Indexes) -> tuple[Indexes, Signatures]:
        """The records with no fault of their own and no exact duplicate, and their signatures, one row each."""
        repeated = repeats(self._facts.digest[indexes])
        namesake = repeats(self._facts.rank[indexes].reshape(-1, 1)) & ~repeated
        signatures = np.empty((len(indexes), PERMUTATIONS), dtype=np.uint32)
        sound: NDArray[np.bool_] = np.zeros(len(indexes), dtype=np.bool_)
        signer, rows = Signer(), 0
        for place, (index, record) in enumerate(zip(indexes.tolist(), self._spill.records(indexes), strict=True)):
            self._ledger.mask(self._spill.kinds.values[self._facts.masked[index]], record.id)
            reason = unfit(record) or self._known(record, bool(repeated[place]), bool(namesake[place]))
            if reason:
                self._drop(index, reason)
                continue
            signatures[rows], sound[place] = signer.sign(record.text()), True
            rows += 1
        return indexes[sound], signatures[:rows]

    def _known(self, record: Record, repeated: bool, namesake: bool) -> str:
        if repeated:
            return "exact duplicate"
        if namesake:
            return "id of an earlier record"
        if record.made_by.startswith(TAUGHT) and record.instruction:
            if self._taught is None:
                self._taught = Instructions(seed.instruction for seed in load_seeds().entries if isinstance(seed, Seed))
            return "" if self._taught.add(record.instruction) else SIMILAR
        return ""

    def _drop(self, index: int, reason: str) -> None:
        side = "eval" if self._facts.held_out[index] else "train"
        self._ledger.drop(f"{side}: {reason}", self._spill.ids(np.array([index])))
