"""The order in which runs are sent: whoever makes an artifact goes before who uses it, attempts in their time."""

from __future__ import annotations

from collections.abc import Sequence
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from hackmentor.sync.run_store import StoredRun


def in_order(runs: Sequence[StoredRun]) -> list[StoredRun]:
    """The same runs. The server takes who sends an artifact first for who made it."""
    makers: dict[tuple[str, str], list[int]] = {}
    attempts: dict[str, list[int]] = {}
    for place, run in enumerate(runs):
        attempts.setdefault(run.id, []).append(place)
        for one in run.artifacts:
            if not one.used:
                makers.setdefault((one.name, one.digest), []).append(place)
    before: dict[int, set[int]] = {place: set() for place in range(len(runs))}
    for place, run in enumerate(runs):
        for one in run.artifacts:
            if one.used:
                before[place].update(maker for maker in makers.get((one.name, one.digest), []) if maker != place)
    for places in attempts.values():
        for earlier, later in pairwise(places):
            before[later].add(earlier)
    try:
        return [runs[place] for place in TopologicalSorter(before).static_order()]
    except CycleError:  # two attempts that each used what the other made again: in their time, then
        return list(runs)
