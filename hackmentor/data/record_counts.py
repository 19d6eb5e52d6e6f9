"""Counts of the records in a buffer, for the card of a data set."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hackmentor.data.record_buffer import Facts, Indexes, Spill
from hackmentor.records.dataset_card import Counts, Opening


def count(spill: Spill, facts: Facts, indexes: Indexes) -> Counts:
    """The counts of some records."""
    return Counts(
        total=len(indexes),
        words=int(facts.words[indexes].sum()),
        by_source=_by_name(spill.sources.values, facts.source[indexes]),
        by_task=_by_name(spill.tasks.values, facts.task[indexes]),
    )


def top_opening(spill: Spill, facts: Facts, indexes: Indexes) -> Opening:
    """The most common first words of the questions."""
    starts = _by_name(spill.openings.values, facts.opening[indexes])
    start, number = min(starts.items(), key=lambda item: (-item[1], item[0]))
    return Opening(start, round(number / len(indexes), 4))


def _by_name(names: Sequence[str], codes: NDArray[np.uint32]) -> dict[str, int]:
    found, counts = np.unique(codes, return_counts=True)
    return dict(sorted((names[code], number) for code, number in zip(found.tolist(), counts.tolist(), strict=True)))
