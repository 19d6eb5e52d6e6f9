"""Filters buffered records: drops those unfit for training, exact and near-duplicates, and similar instructions."""

import numpy as np
from numpy.typing import NDArray

from hackmentor.data.curation_log import CurationLog
from hackmentor.data.record_buffer import IndexArray, RecordBuffer, RecordColumns
from hackmentor.data.refine.exact_duplicates import mark_duplicates
from hackmentor.data.refine.instruction_index import InstructionIndex
from hackmentor.data.refine.minhash import PERMUTATIONS, MinHasher, Signatures, mark_distinct
from hackmentor.data.refine.quality import Filters, find_broken_character, find_quality_fault, is_composed
from hackmentor.data.sources.seeds import list_plain_seeds
from hackmentor.records.record import Record

TEACHER_PREFIX = "teacher:"
SIMILAR_INSTRUCTION = "instruction too similar to a seed or to an earlier one of the teacher"


class RecordFilter:
    """Selects the records worth keeping, and logs why the others were dropped.

    Ready-made records are their user's own: only broken characters and repetitions take them out, unless `filters` says
    more ("all") or less ("none", which leaves near-duplicates of other records in).

    Of two records with the same or nearly the same text the first stays, so records that must not be lost come first.
    """

    def __init__(
        self, buffer: RecordBuffer, columns: RecordColumns, log: CurationLog, filters: Filters = "composed"
    ) -> None:
        self._buffer, self._columns, self._log, self._filters = buffer, columns, log, filters
        self._instructions: InstructionIndex | None = None

    def select(self, indexes: IndexArray) -> IndexArray:
        """The records worth keeping, in the given order."""
        kept, signatures, ready_made = self._drop_faulty(indexes)
        distinct = mark_distinct(signatures)
        if self._filters == "none":
            distinct |= ready_made
        for index in kept[~distinct].tolist():
            self._drop(index, "near-duplicate")
        return kept[distinct]

    def _drop_faulty(self, indexes: IndexArray) -> tuple[IndexArray, Signatures, NDArray[np.bool_]]:
        """The records without faults and exact duplicates, their signatures, one row each, and which are ready-made."""
        duplicate = mark_duplicates(self._columns.digest[indexes])
        same_id = mark_duplicates(self._columns.rank[indexes].reshape(-1, 1)) & ~duplicate
        signatures = np.empty((len(indexes), PERMUTATIONS), dtype=np.uint32)
        sound: NDArray[np.bool_] = np.zeros(len(indexes), dtype=np.bool_)
        ready_made: NDArray[np.bool_] = np.zeros(len(indexes), dtype=np.bool_)
        hasher, kept = MinHasher(), 0
        for row, (index, record) in enumerate(zip(indexes.tolist(), self._buffer.select(indexes), strict=True)):
            self._log.log_masked(self._buffer.mask_kinds.values[self._columns.masked[index]], record.id)
            ready_made[row] = not is_composed(record)
            is_filtered = self._filters == "all" or not ready_made[row]
            reason = (find_quality_fault if is_filtered else find_broken_character)(record) or self._find_repetition(
                record, is_duplicate=bool(duplicate[row]), has_known_id=bool(same_id[row])
            )
            if reason:
                self._drop(index, reason)
                continue
            signatures[kept], sound[row] = hasher.compute_signature(record.to_text()), True
            kept += 1
        return indexes[sound], signatures[:kept], ready_made[sound]

    def _find_repetition(self, record: Record, *, is_duplicate: bool, has_known_id: bool) -> str:
        if is_duplicate:
            return "exact duplicate"
        if has_known_id:
            return "id of an earlier record"
        if record.made_by.startswith(TEACHER_PREFIX) and record.instruction:
            if self._instructions is None:
                self._instructions = InstructionIndex(seed.instruction for seed in list_plain_seeds())
            return "" if self._instructions.add_if_new(record.instruction) else SIMILAR_INSTRUCTION
        return ""

    def _drop(self, index: int, reason: str) -> None:
        side = "eval" if self._columns.held_out[index] else "train"
        self._log.log_dropped(f"{side}: {reason}", self._buffer.iter_ids(np.array([index])))
