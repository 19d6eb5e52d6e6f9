"""Counts the records in a buffer, for the card of a dataset."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hackmentor.data.record_buffer import IndexArray, RecordBuffer, RecordColumns
from hackmentor.records.dataset_card import CommonOpening, RecordCounts


def count_records(buffer: RecordBuffer, columns: RecordColumns, indexes: IndexArray) -> RecordCounts:
    """The counts of the records at `indexes`."""
    return RecordCounts(
        total=len(indexes),
        words=int(columns.words[indexes].sum()),
        by_source=_count_by_name(buffer.sources.values, columns.source[indexes]),
        by_task=_count_by_name(buffer.tasks.values, columns.task[indexes]),
    )


def find_common_opening(buffer: RecordBuffer, columns: RecordColumns, indexes: IndexArray) -> CommonOpening:
    """The most common first words of the questions, and their share of the records."""
    starts = _count_by_name(buffer.openings.values, columns.opening[indexes])
    words, count = min(starts.items(), key=lambda item: (-item[1], item[0]))
    return CommonOpening(words, round(count / len(indexes), 4))


def _count_by_name(names: Sequence[str], codes: NDArray[np.uint32]) -> dict[str, int]:
    distinct, counts = np.unique(codes, return_counts=True)
    return dict(sorted((names[code], count) for code, count in zip(distinct.tolist(), counts.tolist(), strict=True)))
