"""What came of importing a file, and where its records come from."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from hackmentor.records.read.row import Row
from hackmentor.records.record import Record


@dataclass(slots=True)
class ImportResult:
    """The records of one file, and by rule or reason the locations (`file:number`) of repaired and rejected items.

    `unread` counts the items of which a key was not read, by key. `item` is the one whose records come now.
    """

    records: list[Record] = field(default_factory=list)
    repaired: dict[str, list[str]] = field(default_factory=dict)
    rejected: dict[str, list[str]] = field(default_factory=dict)
    unread: dict[str, int] = field(default_factory=dict)
    item: object = None

    def count_unread(self, names: Iterable[str]) -> None:
        """Counts one item of which these keys were not read."""
        for name in names:
            self.unread[name] = self.unread.get(name, 0) + 1


@dataclass(frozen=True, slots=True)
class FileOrigin:
    """The file that records come from: its name in their ids, its version, and what the user says of it."""

    file: str
    version: str
    source: str
    licence: str

    def format_location(self, row: Row, part: int | None = None) -> str:
        """`file:number` of a row, with the number of the part, if any."""
        return f"{self.file}:{row.number}" + ("" if part is None else f"#{part}")
