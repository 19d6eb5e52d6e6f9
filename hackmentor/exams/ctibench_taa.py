"""CTI-TAA of CTIBench: which threat actor a report is about.

The key is not in the data, but in a column of the authors' answers; the aliases are in two pickles beside them.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hackmentor.exams.actor_task import MISSING, ActorTask
from hackmentor.exams.alias_graph import build_alias_graph
from hackmentor.exams.ctibench_mcq import AUTHORS_SYSTEM_PROMPT
from hackmentor.exams.exam_file import ExamFile, Tally
from hackmentor.exams.item import ExamItem
from hackmentor.exams.plain_pickle import read_text_lists
from hackmentor.exams.task import get_text
from hackmentor.records.read.rows import Row, iter_rows
from hackmentor.runtime.errors import UserError

KEYS_FILE = "cti-taa-responses.tsv"


class CtibenchTaa(ActorTask):
    """Aliases count as correct, related groups as plausible."""

    name = "ctibench-taa"
    title = "CTI-TAA"
    files = ("data/cti-taa.tsv", "cti-taa.tsv")
    system_prompt = AUTHORS_SYSTEM_PROMPT

    def __init__(self) -> None:
        super().__init__()
        self._keys: list[str] = []

    def read(self, path: Path) -> ExamFile:
        """Reads the reports, and beside them the keys and the aliases.

        Raises:
            UserError: as for any exam; or if the keys or the aliases are not there, or not as many keys as reports.
        """
        keys_file = _find_beside(path, KEYS_FILE)
        self._keys = [str(row.content.get("GT") or "").strip() for row in iter_rows(keys_file) if _is_object(row)]  # type: ignore[attr-defined]
        reports = sum(1 for _ in self.iter_rows(path))
        if len(self._keys) != reports:
            raise UserError(f"{keys_file}: has {len(self._keys)} keys (column GT) for the {reports} reports of {path}")
        aliases = read_text_lists(_find_beside(path, "alias_dict.pickle"))
        related = read_text_lists(_find_beside(path, "related_dict.pickle"))
        self.graph = build_alias_graph(aliases, related)
        self.graph_without_missing = build_alias_graph(aliases, related, frozenset({MISSING}))
        return super().read(path)

    def build_item(self, fields: Mapping[str, Any], row: Row, tally: Tally) -> ExamItem:
        """From URL, Text and Prompt, with the key of the same row."""
        key = get_text({"key": self._keys[row.number - 1]}, "key")
        return self.build_page_item(fields, row, key, question="Text")


def _is_object(row: Row) -> bool:
    return isinstance(row.content, dict)


def _find_beside(path: Path, name: str) -> Path:
    """A file of the authors' folder `evaluation`, or one in the same folder as the reports."""
    root = path.resolve().parent
    places = [root / name, *(root.parent / "evaluation" / inner / name for inner in ("", "responses"))]
    found = next((place for place in places if place.is_file()), None)
    if found is None:
        raise UserError(
            f"{path}: CTI-TAA needs {name} too, which is in evaluation/ of xashru/cti-bench; clone the repository, or "
            "put the file beside this one"
        )
    return found
