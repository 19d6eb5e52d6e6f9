"""Logs what was left out of a dataset, masked or repaired, so that nothing is lost silently."""

import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from hackmentor.records.dataset_card import CountedIds

MAX_IDS = 1_000


@dataclass(slots=True)
class ReasonCounter:
    """Ids by reason: all are counted, the first thousand of each reason are kept."""

    counts: dict[str, int] = field(default_factory=dict)
    ids: dict[str, list[str]] = field(default_factory=dict)

    def add(self, reason: str, item_id: str) -> None:
        """Count one item."""
        self.counts[reason] = self.counts.get(reason, 0) + 1
        if self.counts[reason] <= MAX_IDS:
            self.ids.setdefault(reason, []).append(item_id)

    def to_counted_ids(self) -> dict[str, CountedIds]:
        """Counts and ids by reason, in alphabetical order."""
        return {reason: CountedIds(count, tuple(self.ids[reason])) for reason, count in sorted(self.counts.items())}


class CurationLog:
    """Logs what happened to entries and records. The full list of what was left out is in a temporary file.

    A context manager; the file has no name and disappears with the process.
    """

    def __init__(self, folder: Path) -> None:
        self.dropped, self.masked, self.repaired = ReasonCounter(), ReasonCounter(), ReasonCounter()
        self.unread: dict[str, int] = {}
        self._file = tempfile.TemporaryFile("w+", dir=folder, encoding="utf-8")  # noqa: SIM115 - closed by __exit__

    def __enter__(self) -> "CurationLog":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def log_dropped(self, reason: str, item_ids: Iterable[str]) -> None:
        """Log entries or records that were left out, by their ids or locations."""
        for item_id in item_ids:
            self.dropped.add(reason, item_id)
            self._file.write(json.dumps({"reason": reason, "id": item_id}, ensure_ascii=False) + "\n")

    def log_dropped_by_source(self, source: str, ids_by_reason: Mapping[str, Iterable[str]]) -> None:
        """Log what a source left out."""
        for reason, item_ids in ids_by_reason.items():
            self.log_dropped(f"{source}: {reason}", item_ids)

    def log_masked(self, kinds: Iterable[str], record_id: str) -> None:
        """Log a record in which secrets or personal data of these kinds were masked."""
        for kind in kinds:
            self.masked.add(kind, record_id)

    def log_repaired(self, rule: str, item_ids: Iterable[str]) -> None:
        """Log items that were repaired by a rule."""
        for item_id in item_ids:
            self.repaired.add(rule, item_id)

    def count_unread(self, name: str, count: int) -> None:
        """Count items of which a key was not read."""
        self.unread[name] = self.unread.get(name, 0) + count

    def iter_dropped_lines(self) -> Iterator[str]:
        """All that was left out, as JSON lines `{reason, id}` in the order in which it was logged."""
        self._file.seek(0)
        return (line.rstrip("\n") for line in self._file)
