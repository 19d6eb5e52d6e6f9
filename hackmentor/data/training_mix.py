"""How often each training record stands in train.jsonl: more than once where hand-written ones would drown.

A copy has an id of its own, `{id}#2` for the second, and says in `repeat` which one it is, so that whoever counts
records can leave copies out. The held-out side has none.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from hackmentor.data.compose.seed_tasks import SAFETY_TASKS
from hackmentor.data.record_buffer import IndexArray, RecordBuffer, RecordColumns
from hackmentor.data.sources.seeds import SOURCE as HAND_WRITTEN

# A record that is seen more often is learnt by heart; a share that would need more copies isn't reached.
MOST_TIMES = 20


@dataclass(frozen=True, slots=True)
class TrainingMix:
    """How often each record at `indexes` is trained on: `times`, an array of as many whole numbers >= 1."""

    buffer: RecordBuffer
    columns: RecordColumns
    indexes: IndexArray
    times: NDArray[np.int64]

    def iter_lines(self) -> Iterator[str]:
        """The JSON lines of train.jsonl: each record once, then the second of each that has one, and so on."""
        yield from self.buffer.iter_lines(self.indexes)
        for repeat in range(2, int(self.times.max(initial=1)) + 1):
            for line in self.buffer.iter_lines(self.indexes[self.times >= repeat]):
                yield _mark_copy(line, repeat)

    def count_copies(self) -> dict[str, int]:
        """By task: how many lines repeat an earlier one."""
        names, tasks = self.buffer.tasks.values, self.columns.task[self.indexes]
        copies = {names[code]: int((self.times[tasks == code] - 1).sum()) for code in np.unique(tasks).tolist()}
        return {name: count for name, count in sorted(copies.items()) if count}

    def measure_shares(self) -> dict[str, float]:
        """Shares (0 to 1) of what is trained on, copies included; none where there is nothing of the kind."""
        by_hand = self.columns.source[self.indexes] == _find_code(self.buffer.sources.values, HAND_WRITTEN)
        safety = _mark_safety(self.buffer, self.columns, self.indexes)
        words = self.columns.answer_words[self.indexes] * self.times
        shares = {
            "answer words written by hand": float(words[by_hand].sum() / max(words.sum(), 1)),
            "safety records": float(self.times[safety].sum() / max(self.times.sum(), 1)),
        }
        return {name: round(share, 4) for name, share in shares.items() if share}


def plan_training_mix(
    buffer: RecordBuffer,
    columns: RecordColumns,
    indexes: IndexArray,
    *,
    weights: Mapping[str, int],
    safety: float | None,
    max_records: int | None,
) -> TrainingMix:
    """The mix of the records at `indexes`, of which there must be one.

    `weights` are those of sources (1 if not named), relative to the least among the records: that source is there once.
    `safety` is the least share (0 to 1) of safety records, which are doubled, tripled and so on until it is reached,
    whatever the weight of their source (None: by that weight). Copies never take the mix over `max_records`.
    """
    by_code = np.array([weights.get(name, 1) for name in buffer.sources.values], dtype=np.int64)
    weight = by_code[columns.source[indexes]]
    times = weight // weight.min()
    is_safety = _mark_safety(buffer, columns, indexes)
    if safety is not None and is_safety.any():
        others = int(times[~is_safety].sum())
        needed = ceil(safety * others / ((1 - safety) * int(is_safety.sum())))
        times[is_safety] = min(max(needed, 1), MOST_TIMES)
    return TrainingMix(buffer, columns, indexes, _limit_times(times, max_records))


def _limit_times(times: NDArray[np.int64], max_records: int | None) -> NDArray[np.int64]:
    """The numbers, lowered so that they add up to `max_records` at most: the last copies go first."""
    while max_records is not None and (excess := int(times.sum()) - max_records) > 0 and times.max() > 1:
        times = times.copy()
        times[np.flatnonzero(times == times.max())[-excess:]] -= 1
    return times


def _mark_copy(line: str, repeat: int) -> str:
    fields = json.loads(line)
    return json.dumps({**fields, "id": f"{fields['id']}#{repeat}", "repeat": repeat}, ensure_ascii=False)


def _mark_safety(buffer: RecordBuffer, columns: RecordColumns, indexes: IndexArray) -> NDArray[np.bool_]:
    codes = [code for code, name in enumerate(buffer.tasks.values) if name in SAFETY_TASKS]
    return np.isin(columns.task[indexes], codes)


def _find_code(names: Sequence[str], name: str) -> int:
    """The code of a name among the encoded ones; -1 for one that isn't there."""
    return names.index(name) if name in names else -1
