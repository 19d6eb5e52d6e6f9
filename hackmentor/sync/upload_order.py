"""The order in which runs are sent: producers of an artifact before its users, attempts in the order of time."""

from __future__ import annotations

from collections.abc import Sequence
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from hackmentor.sync.run_store import StoredRun


def sort_by_lineage(runs: Sequence[StoredRun]) -> list[StoredRun]:
    """The same runs, topologically sorted. The server takes the first run that sends an artifact for its producer."""
    producers: dict[tuple[str, str], list[int]] = {}
    attempts: dict[str, list[int]] = {}
    for place, run in enumerate(runs):
        attempts.setdefault(run.id, []).append(place)
        for artifact in run.artifacts:
            if not artifact.is_input:
                producers.setdefault((artifact.name, artifact.digest), []).append(place)
    predecessors: dict[int, set[int]] = {place: set() for place in range(len(runs))}
    for place, run in enumerate(runs):
        for artifact in run.artifacts:
            if artifact.is_input:
                producing = producers.get((artifact.name, artifact.digest), [])
                predecessors[place].update(producer for producer in producing if producer != place)
    for places in attempts.values():
        for earlier, later in pairwise(places):
            predecessors[later].add(earlier)
    try:
        return [runs[place] for place in TopologicalSorter(predecessors).static_order()]
    except CycleError:  # two attempts that each used what the other produced again: in the order of time, then
        return list(runs)
