"""The book of what was left out of a data set, masked or repaired: nothing goes unseen."""

import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from hackmentor.records.dataset_card import Noted

SHOWN = 1_000


@dataclass(slots=True)
class Tally:
    """Ids by reason: all counted, the first thousand of each remembered."""

    counts: dict[str, int] = field(default_factory=dict)
    ids: dict[str, list[str]] = field(default_factory=dict)

    def note(self, reason: str, name: str) -> None:
        """One more."""
        self.counts[reason] = self.counts.get(reason, 0) + 1
        if self.counts[reason] <= SHOWN:
            self.ids.setdefault(reason, []).append(name)

    def noted(self) -> dict[str, Noted]:
        """Everything by reason, in alphabetical order."""
        return {reason: Noted(number, tuple(self.ids[reason])) for reason, number in sorted(self.counts.items())}


class Ledger:
    """Notes what happened to entries and records. The full list of what was left out lies in a temporary file.

    A context manager; the file has no name and goes with the process.
    """

    def __init__(self, folder: Path) -> None:
        self.dropped, self.masked, self.repaired = Tally(), Tally(), Tally()
        self._file = tempfile.TemporaryFile("w+", dir=folder, encoding="utf-8")  # noqa: SIM115 - closed by __exit__

    def __enter__(self) -> "Ledger":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def drop(self, reason: str, names: Iterable[str]) -> None:
        """Note entries or records that were left out, by their ids or places."""
        for name in names:
            self.dropped.note(reason, name)
            self._file.write(json.dumps({"reason": reason, "id": name}, ensure_ascii=False) + "\n")

    def drop_all(self, left_out: Mapping[str, Iterable[str]], prefix: str) -> None:
        """Note what a source left out, by reason."""
        for reason, names in left_out.items():
            self.drop(f"{prefix}: {reason}", names)

    def mask(self, kinds: Iterable[str], name: str) -> None:
        """Note a record in which something of these kinds was masked."""
        for kind in kinds:
            self.masked.note(kind, name)

    def repair(self, rule: str, names: Iterable[str]) -> None:
        """Note items that a rule mended."""
        for name in names:
            self.repaired.note(rule, name)

    def lines(self) -> Iterator[str]:
        """All that was left out as JSON lines `{reason, id}`, in the order it happened."""
        self._file.seek(0)
        return (line.rstrip("\n") for line in self._file)
