"""Buffers records on disk while a dataset is built; only the columns that decide what is kept stay in memory."""

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

from hackmentor.data.hash_choice import hash_to_int
from hackmentor.records.record import Record, format_json_line

K = TypeVar("K")
IndexArray = NDArray[np.int64]
OPENING_WORDS = 3
COUNTED_COLUMNS = ("source", "task", "opening", "masked", "words", "answer_words")


class LabelEncoder(Generic[K]):
    """Integer codes for repeated values, from 0 in order of first occurrence."""

    def __init__(self) -> None:
        self.values: list[K] = []
        self._codes: dict[K, int] = {}

    def encode(self, value: K) -> int:
        """The code of a value; a new value gets the next one."""
        if value not in self._codes:
            self._codes[value] = len(self.values)
            self.values.append(value)
        return self._codes[value]


@dataclass(frozen=True, slots=True)
class RecordColumns:
    """The columns of n records, each an array of n in the order in which they were added (57 bytes per record)."""

    held_out: NDArray[np.bool_]
    source: NDArray[np.uint32]
    task: NDArray[np.uint32]
    opening: NDArray[np.uint32]
    masked: NDArray[np.uint32]
    words: NDArray[np.uint32]
    answer_words: NDArray[np.uint32]
    """Of the words those that are trained on: what the assistant says."""
    rank: NDArray[np.uint64]
    """Fixed by seed and id: where a limit applies, the records of the lowest ranks stay."""
    digest: NDArray[np.uint64]
    """n × 2: the first 128 bits of the sha256 of the content."""


class RecordBuffer:
    """Keeps records in an unnamed temporary file, which disappears however the process ends.

    A context manager. Records are addressed by index, in the order in which they were added.
    """

    def __init__(self, folder: Path, seed: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed by __exit__
        self._seed = seed
        self._size = 0
        self._ends, self._rank, self._digest = array("Q"), array("Q"), array("Q")
        self._columns = {name: array("I") for name in COUNTED_COLUMNS}
        self._held_out = array("B")
        self.sources, self.tasks, self.openings = LabelEncoder[str](), LabelEncoder[str](), LabelEncoder[str]()
        self.mask_kinds: LabelEncoder[tuple[str, ...]] = LabelEncoder()

    def __enter__(self) -> "RecordBuffer":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __len__(self) -> int:
        return len(self._ends)

    def add(self, record: Record, *, held_out: bool, masked: tuple[str, ...] = ()) -> None:
        """Write a record; `masked` names the kinds of secrets and personal data that were masked in it."""
        line = format_json_line(record).encode()
        self._file.write(line)
        self._size += len(line)
        self._ends.append(self._size)
        self._held_out.append(held_out)
        self._rank.append(hash_to_int(self._seed, "cap", record.id))
        self._digest.extend((int(record.sha256[:16], 16), int(record.sha256[16:32], 16)))
        conversation = record.to_conversation()
        question = next(message["content"] for message in conversation if message["role"] == "user")
        answers = [message["content"] for message in conversation if message["role"] == "assistant"]
        values = {
            "source": self.sources.encode(record.source),
            "task": self.tasks.encode(record.task),
            "opening": self.openings.encode(" ".join(question.lower().split(None, OPENING_WORDS)[:OPENING_WORDS])),
            "masked": self.mask_kinds.encode(masked),
            "words": len(record.to_text().split()),
            "answer_words": sum(len(answer.split()) for answer in answers),
        }
        for name, column in self._columns.items():
            column.append(values[name])

    def to_columns(self) -> RecordColumns:
        """The columns of all records. No record can be added afterwards."""
        self._file.flush()
        columns = {name: np.frombuffer(column, dtype=np.uint32) for name, column in self._columns.items()}
        return RecordColumns(
            held_out=np.frombuffer(self._held_out, dtype=np.bool_),
            rank=np.frombuffer(self._rank, dtype=np.uint64),
            digest=np.frombuffer(self._digest, dtype=np.uint64).reshape(-1, 2),
            **columns,
        )

    def read_line(self, index: int) -> bytes:
        """One record as a JSON line without the newline."""
        start = self._ends[index - 1] if index else 0
        return os.pread(self._file.fileno(), self._ends[index] - start, start)

    def iter_lines(self, indexes: IndexArray) -> Iterator[str]:
        """The JSON lines of the records at `indexes`."""
        return (self.read_line(index).decode() for index in indexes.tolist())

    def select(self, indexes: IndexArray) -> "BufferedRecords":
        """The records at `indexes`, read from disk on every iteration."""
        return BufferedRecords(self, indexes)

    def iter_ids(self, indexes: IndexArray) -> Iterator[str]:
        """The ids of the records at `indexes`."""
        return (json.loads(line)["id"] for line in self.iter_lines(indexes))


@dataclass(frozen=True, slots=True)
class BufferedRecords:
    """Buffered records that can be iterated any number of times without being held in memory."""

    buffer: RecordBuffer
    indexes: IndexArray

    def __iter__(self) -> Iterator[Record]:
        return (_parse_own_line(self.buffer.read_line(index)) for index in self.indexes.tolist())


def _parse_own_line(line: bytes) -> Record:
    """Parse a record that this process wrote itself, so that its digest need not be checked."""
    fields = json.loads(line)
    del fields["sha256"]
    return Record(**fields | {"messages": tuple(fields.get("messages", ()))})
