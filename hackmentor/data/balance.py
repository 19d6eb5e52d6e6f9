"""Keeps a dataset to a size, evenly over sources and tasks."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.uint32]


def cap(
    most: int | None,
    sources: Codes,
    tasks: Codes,
    ranks: NDArray[np.uint64],
    names: tuple[Sequence[str], Sequence[str]],
) -> NDArray[np.bool_]:
    """Which of n records stay, at most `most` of them (None: all).

    Sources share the room evenly, and so do the tasks of a source; what one cannot fill goes to the others. Of one
    task the records of the lowest ranks stay. `sources` and `tasks` (n each) point into the two lists of `names`.
    """
    if most is None or len(sources) <= most:
        return np.ones(len(sources), dtype=np.bool_)
    order = np.lexsort((ranks, tasks, sources))
    pairs = np.stack((sources[order], tasks[order]), axis=1)
    starts = np.flatnonzero(np.r_[True, (pairs[1:] != pairs[:-1]).any(axis=1)])
    sizes = np.diff(np.r_[starts, len(order)])
    places = _places(most, [(int(source), int(task)) for source, task in pairs[starts]], sizes.tolist(), names)
    within = np.arange(len(order)) - np.repeat(starts, sizes)
    kept = np.zeros(len(order), dtype=np.bool_)
    kept[order] = within < np.repeat(places, sizes)
    return kept


def _places(
    most: int, groups: Sequence[tuple[int, int]], sizes: Sequence[int], names: tuple[Sequence[str], Sequence[str]]
) -> list[int]:
    wanted: dict[str, dict[str, int]] = {}
    for (source, task), size in zip(groups, sizes, strict=True):
        wanted.setdefault(names[0][source], {})[names[1][task]] = size
    room = share(most, {source: sum(tasks.values()) for source, tasks in wanted.items()})
    shared = {source: share(room[source], tasks) for source, tasks in wanted.items()}
    return [shared[names[0][source]][names[1][task]] for source, task in groups]


def share(room: int, wanted: Mapping[str, int]) -> dict[str, int]:
    """Places for each name: as even as can be, never more than wanted, `room` in total if so many are wanted."""
    places = dict.fromkeys(wanted, 0)
    left = min(room, sum(wanted.values()))
    while left:
        open_names = sorted(name for name in wanted if places[name] < wanted[name])
        each = max(left // len(open_names), 1)
        for name in open_names:
            taken = min(each, wanted[name] - places[name], left)
            places[name] += taken
            left -= taken
    return places
