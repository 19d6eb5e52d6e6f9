"""Exams that a dataset is kept free of: the entries that they ask about, and their items."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hackmentor.data.split import find_split_key
from hackmentor.exams.exam_file import identify_file
from hackmentor.exams.item import ExamItem
from hackmentor.exams.tasks import FoundExam, find_exams

KEY = "data.keep_out"


@dataclass(frozen=True, slots=True)
class KeptOutExams:
    """The items of exams, by exam."""

    items: Mapping[str, Sequence[ExamItem]] = field(default_factory=dict)

    def find_keys(self, entry_keys: Mapping[str, str]) -> frozenset[str]:
        """The split keys of the entries that items ask about; `entry_keys` has those of known entries by id."""
        entries = {entry for items in self.items.values() for item in items for entry in item.entries}
        return frozenset(find_split_key(entry, entry_keys) for entry in entries)


def load_kept_out(specs: Sequence[str]) -> KeptOutExams:
    """Reads the exams of `data.keep_out`. Raises UserError where one can't be found or read."""
    return KeptOutExams({_name_exam(exam): exam.task.read(exam.path).items for exam in _find_all(specs)})


def hash_exams(specs: Sequence[str]) -> list[tuple[str, str]]:
    """The name and the SHA-256 of each exam. Raises UserError where one can't be found."""
    return [(exam.task.name, identify_file(exam.path).sha256) for exam in _find_all(specs)]


def _find_all(specs: Sequence[str]) -> list[FoundExam]:
    return [exam for spec in specs for exam in find_exams(spec, KEY)]


def _name_exam(exam: FoundExam) -> str:
    return f"{exam.task.name} ({exam.path.name})"
