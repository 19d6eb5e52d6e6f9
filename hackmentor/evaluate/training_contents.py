"""What the training set of a cell holds of the exams: the entries that items ask about, and items themselves.

Needs no torch.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from hackmentor.config.schema import Config
from hackmentor.data.refine.exam_overlaps import ItemOverlap, find_exam_overlaps
from hackmentor.evaluate.public_exams import PublicExam
from hackmentor.exams.entry_ids import is_entry_id
from hackmentor.exams.item import ExamItem
from hackmentor.records.dataset_folder import DatasetFolder, locate_dataset
from hackmentor.records.record import Record, iter_records, read_records
from hackmentor.records.sample import sample_evenly

EntrySide = Literal["trained on", "held out", "neither"]
ENTRY_SIDES: tuple[EntrySide, ...] = ("trained on", "held out", "neither")

# What the sources of a user's own files begin with.
_OWN_FILE = "file:"


@dataclass(frozen=True)
class TrainingEntries:
    """The catalogue entries that records are about, by upstream id.

    `unnamed` counts the training records, of files of one's own, that don't say what entry they are about.
    """

    trained: frozenset[str]
    held_out: frozenset[str]
    records: int
    unnamed: int

    @property
    def is_unknown(self) -> bool:
        """Whether no training record says what entry it is about."""
        return self.unnamed == self.records

    def find_side(self, item: ExamItem) -> EntrySide:
        """On which side of the split an entry is that an item asks about."""
        if not self.trained.isdisjoint(item.entries):
            return "trained on"
        return "neither" if self.held_out.isdisjoint(item.entries) else "held out"


def collect_entries(train: Sequence[Record], held_out: Iterable[Record]) -> TrainingEntries:
    """The entries of training and held-out records."""
    unnamed = sum(record.source.startswith(_OWN_FILE) and not is_entry_id(record.upstream_id) for record in train)
    return TrainingEntries(
        frozenset(record.upstream_id for record in train),
        frozenset(record.upstream_id for record in held_out),
        len(train),
        unnamed,
    )


@dataclass(frozen=True)
class TrainingContents:
    """What a training set holds of the exams.

    `sides` are by exam and item id, None where nothing is known; `cells` are those that were trained on it.
    """

    data: str
    cells: tuple[str, ...]
    entries: TrainingEntries
    sides: Mapping[str, Mapping[str, EntrySide]] | None
    overlaps: Sequence[ItemOverlap] = field(default=())

    def find_overlapping(self, exam: str) -> set[str]:
        """The ids of the exam's items that a training record holds."""
        return {overlap.item for overlap in self.overlaps if overlap.exam == exam}

    def to_json(self) -> dict[str, Any]:
        """The counts, and every overlap."""
        return {
            "data": self.data,
            "cells": list(self.cells),
            "records": self.entries.records,
            "records_of_unknown_entry": self.entries.unnamed,
            "entries": None if self.sides is None else {exam: count_sides(by_id) for exam, by_id in self.sides.items()},
            "overlaps": [asdict(overlap) for overlap in self.overlaps],
        }


def count_sides(sides: Mapping[str, EntrySide]) -> dict[EntrySide, int]:
    """How many items are on each side."""
    given = list(sides.values())
    return {side: given.count(side) for side in ENTRY_SIDES}


def find_training_contents(configs: Mapping[str, Config], exams: Sequence[PublicExam]) -> list[TrainingContents]:
    """What each training set holds of the items that are asked; nothing is read without exams.

    Args:
        configs: of the tuned contestants by name.
        exams: as the experiment asks them.
    """
    cells: dict[tuple[Path, int | None, int], list[str]] = {}
    for name, config in configs.items() if exams else ():
        cells.setdefault((locate_dataset(config).path, config.train.max_records, config.sampling_seed), []).append(name)
    return [
        _read_contents(DatasetFolder(path), max_records, seed, tuple(names), exams)
        for (path, max_records, seed), names in cells.items()
    ]


def _read_contents(
    dataset: DatasetFolder, max_records: int | None, seed: int, cells: tuple[str, ...], exams: Sequence[PublicExam]
) -> TrainingContents:
    train = sample_evenly(read_records(dataset.train), max_records, seed)
    entries = collect_entries(train, iter_records(dataset.held_out))
    sides = {exam.name: {item.id: entries.find_side(item) for item in exam.items} for exam in exams}
    overlaps = find_exam_overlaps(train, {exam.name: exam.items for exam in exams})
    return TrainingContents(dataset.path.name, cells, entries, None if entries.is_unknown else sides, overlaps)
