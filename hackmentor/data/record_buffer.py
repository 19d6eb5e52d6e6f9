"""Records on disk while a data set is built, and in memory only what is needed to decide about them."""

import json
import os
import tempfile
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from hackmentor.data.hash_choice import number
from hackmentor.records.record import Record, to_line

K = TypeVar("K")
Indexes = NDArray[np.int64]
OPENING = 3


class Codes(Generic[K]):
    """Numbers for repeated values, from 0 in the order they came."""

    def __init__(self) -> None:
        self.values: list[K] = []
        self._codes: dict[K, int] = {}

    def code(self, value: K) -> int:
        """The number of a value."""
        if value not in self._codes:
            self._codes[value] = len(self.values)
            self.values.append(value)
        return self._codes[value]


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of n records, each an array of n in the order they were added (53 bytes a record in all)."""

    held_out: NDArray[np.bool_]
    source: NDArray[np.uint32]
    task: NDArray[np.uint32]
    opening: NDArray[np.uint32]
    masked: NDArray[np.uint32]
    words: NDArray[np.uint32]
    rank: NDArray[np.uint64]
    """A number fixed by seed and id: who stays where there is no room for all."""
    digest: NDArray[np.uint64]
    """n × 2: the first 128 bits of the sha256 of the content."""


class Spill:
    """Keeps records in a temporary file without a name: nothing is left of it, whatever ends the process.

    A context manager. Records are known by their index, in the order they were added.
    """

    def __init__(self, folder: Path, seed: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed by __exit__
        self._seed = seed
        self._size = 0
        self._ends, self._rank, self._digest = array("Q"), array("Q"), array("Q")
        self._columns = {name: array("I") for name in ("source", "task", "opening", "masked", "words")}
        self._held_out = array("B")
        self.sources, self.tasks, self.openings = Codes[str](), Codes[str](), Codes[str]()
        self.kinds: Codes[tuple[str, ...]] = Codes()

    def __enter__(self) -> "Spill":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __len__(self) -> int:
        return len(self._ends)

    def add(self, record: Record, *, held_out: bool, masked: tuple[str, ...] = ()) -> None:
        """Put a record on disk; `masked` are the kinds of what was masked in it."""
        line = to_line(record).encode()
        self._file.write(line)
        self._size += len(line)
        self._ends.append(self._size)
        self._held_out.append(held_out)
        self._rank.append(number(self._seed, "cap", record.id))
        self._digest.extend((int(record.sha256[:16], 16), int(record.sha256[16:32], 16)))
        question = next(message["content"] for message in record.conversation() if message["role"] == "user")
        facts = {
            "source": self.sources.code(record.source),
            "task": self.tasks.code(record.task),
            "opening": self.openings.code(" ".join(question.lower().split(None, OPENING)[:OPENING])),
            "masked": self.kinds.code(masked),
            "words": len(record.text().split()),
        }
        for name, column in self._columns.items():
            column.append(facts[name])

    def facts(self) -> Facts:
        """What is known of all records. No record can be added any more."""
        self._file.flush()
        columns = {name: np.frombuffer(column, dtype=np.uint32) for name, column in self._columns.items()}
        return Facts(
            held_out=np.frombuffer(self._held_out, dtype=np.bool_),
            rank=np.frombuffer(self._rank, dtype=np.uint64),
            digest=np.frombuffer(self._digest, dtype=np.uint64).reshape(-1, 2),
            **columns,
        )

    def line(self, index: int) -> bytes:
        """One record as a JSON line without its newline."""
        start = self._ends[index - 1] if index else 0
        return os.pread(self._file.fileno(), self._ends[index] - start, start)

    def lines(self, indexes: Indexes) -> Iterator[str]:
        """Some records as JSON lines."""
        return (self.line(index).decode() for index in indexes.tolist())

    def records(self, indexes: Indexes) -> "Records":
        """Some records, read again each time one goes through them."""
        return Records(self, indexes)

    def ids(self, indexes: Indexes) -> Iterator[str]:
        """The ids of some records."""
        return (json.loads(line)["id"] for line in self.lines(indexes))


@dataclass(frozen=True, slots=True)
class Records:
    """Spilled records that can be gone through any number of times without being held in memory."""

    spill: Spill
    indexes: Indexes

    def __iter__(self) -> Iterator[Record]:
        return (_record(self.spill.line(index)) for index in self.indexes.tolist())


def _record(line: bytes) -> Record:
    """A record that this process wrote itself: its digest need not be checked."""
    fields = json.loads(line)
    del fields["sha256"]
    return Record(**fields | {"messages": tuple(fields.get("messages", ()))})
