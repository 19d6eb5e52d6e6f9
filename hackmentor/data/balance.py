"""Limits the size of a dataset, evenly over sources and tasks."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

CodeArray = NDArray[np.uint32]


def select_balanced(
    max_records: int | None,
    sources: CodeArray,
    tasks: CodeArray,
    ranks: NDArray[np.uint64],
    names: tuple[Sequence[str], Sequence[str]],
) -> NDArray[np.bool_]:
    """A mask of the n records that stay, at most `max_records` of them (None: all).

    Sources get equal quotas, and so do the tasks of a source; what one cannot fill goes to the others. Within a task
    the records of the lowest ranks stay. `sources` and `tasks` (n each) hold indexes into the two lists of `names`.
    """
    if max_records is None or len(sources) <= max_records:
        return np.ones(len(sources), dtype=np.bool_)
    order = np.lexsort((ranks, tasks, sources))
    pairs = np.stack((sources[order], tasks[order]), axis=1)
    starts = np.flatnonzero(np.r_[True, (pairs[1:] != pairs[:-1]).any(axis=1)])
    sizes = np.diff(np.r_[starts, len(order)])
    quotas = _allocate_quotas(
        max_records, [(int(source), int(task)) for source, task in pairs[starts]], sizes.tolist(), names
    )
    position = np.arange(len(order)) - np.repeat(starts, sizes)
    kept = np.zeros(len(order), dtype=np.bool_)
    kept[order] = position < np.repeat(quotas, sizes)
    return kept


def _allocate_quotas(
    max_records: int,
    groups: Sequence[tuple[int, int]],
    sizes: Sequence[int],
    names: tuple[Sequence[str], Sequence[str]],
) -> list[int]:
    demand: dict[str, dict[str, int]] = {}
    for (source, task), size in zip(groups, sizes, strict=True):
        demand.setdefault(names[0][source], {})[names[1][task]] = size
    source_quotas = allocate_evenly(max_records, {source: sum(tasks.values()) for source, tasks in demand.items()})
    task_quotas = {source: allocate_evenly(source_quotas[source], tasks) for source, tasks in demand.items()}
    return [task_quotas[names[0][source]][names[1][task]] for source, task in groups]


def allocate_evenly(total: int, demand: Mapping[str, int]) -> dict[str, int]:
    """A quota for each name, as even as possible: never above its demand, `total` in sum if the demand allows."""
    quotas = dict.fromkeys(demand, 0)
    remaining = min(total, sum(demand.values()))
    while remaining:
        unfilled = sorted(name for name in demand if quotas[name] < demand[name])
        each = max(remaining // len(unfilled), 1)
        for name in unfilled:
            granted = min(each, demand[name] - quotas[name], remaining)
            quotas[name] += granted
            remaining -= granted
    return quotas
