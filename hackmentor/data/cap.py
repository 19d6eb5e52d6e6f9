"""Keeps a dataset to a size, evenly over sources and tasks."""

from collections.abc import Sequence

from hackmentor.data.choose import number
from hackmentor.data.records import Record


def cap(records: Sequence[Record], most: int | None, seed: int) -> tuple[list[Record], list[str]]:
    """At most `most` records (None: all), in their order, and the ids of those left out.

    Sources share the room evenly, and so do the tasks of a source; what one cannot fill goes to the others. Which
    records of a task stay is fixed by seed and record id.
    """
    if most is None or len(records) <= most:
        return list(records), []
    sources = _grouped(records, "source")
    room = share(most, {name: len(items) for name, items in sources.items()})
    chosen: set[str] = set()
    for source, items in sources.items():
        tasks = _grouped(items, "task")
        places = share(room[source], {name: len(group) for name, group in tasks.items()})
        for task, group in tasks.items():
            ordered = sorted(group, key=lambda record: number(seed, "cap", record.id))
            chosen.update(record.id for record in ordered[: places[task]])
    kept = [record for record in records if record.id in chosen]
    return kept, [record.id for record in records if record.id not in chosen]


def share(room: int, wanted: dict[str, int]) -> dict[str, int]:
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


def _grouped(records: Sequence[Record], field: str) -> dict[str, list[Record]]:
    groups: dict[str, list[Record]] = {}
    for record in records:
        groups.setdefault(getattr(record, field), []).append(record)
    return dict(sorted(groups.items()))
