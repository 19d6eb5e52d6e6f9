"""The way of each composed record into the dataset: masked, checked, and kept only if it says something new."""

from collections.abc import Iterable, Sequence

from hackmentor.data.records import Record
from hackmentor.data.refine.mask import mask_record
from hackmentor.data.refine.near import NearIndex
from hackmentor.data.refine.sanity import unfit


class Refinery:
    """Takes records in, keeps the good ones, and notes what happened to the others.

    The first of two records with the same or nearly the same text stays, so what must not be lost goes in first.
    """

    def __init__(self) -> None:
        self.dropped: dict[str, list[str]] = {}
        """Ids by reason."""
        self.masked: dict[str, list[str]] = {}
        """Ids by kind of what was masked."""
        self._seen: set[str] = set()
        self._near = NearIndex()

    def refine(self, records: Iterable[Record], side: str) -> list[Record]:
        """The records worth keeping, in their order. `side` names the reasons: train or eval."""
        return [kept for record in records if (kept := self._refined(record, side)) is not None]

    def note(self, reason: str, ids: Sequence[str]) -> None:
        """Note records or entries that something else left out."""
        if ids:
            self.dropped.setdefault(reason, []).extend(ids)

    def _refined(self, record: Record, side: str) -> Record | None:
        record, kinds = mask_record(record)
        for kind in kinds:
            self.masked.setdefault(kind, []).append(record.id)
        reason = unfit(record)
        digest = record.sha256
        if not reason and digest in self._seen:
            reason = "exact duplicate"
        self._seen.add(digest)
        if not reason and self._near.add(record):
            reason = "near-duplicate"
        if reason:
            self.note(f"{side}: {reason}", [record.id])
            return None
        return record
