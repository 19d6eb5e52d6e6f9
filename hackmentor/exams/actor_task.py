"""Exams whose answer is the name of a threat actor, marked by a graph of aliases."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from hackmentor.exams.alias_graph import AliasGraph, normalise_name
from hackmentor.exams.answer_marker import Constant
from hackmentor.exams.exam_file import ExamFile
from hackmentor.exams.item import ExamItem, Mark
from hackmentor.exams.task import ExamTask

MAX_NAME_WORDS = 6
# What the authors' answers have where a model named nobody.
NOBODY = frozenset({"", "x", "error", "none", "unknown", "n/a"})
# pandas wrote a missing alias as the text nan: as a name it connects actors that have nothing in common.
MISSING = "nan"
_LABEL = re.compile(
    r"^\W*(?:final answer|answer|threat actor|attribution)\W*[:=]\W*(.+)$", re.IGNORECASE | re.MULTILINE
)
_EMPHASISED = re.compile(r"\*\*([^*\n]{2,40})\*\*")


class ActorTask(ExamTask):
    """Correct if the name is an alias of the key; plausible if groups that are said to be related lead to it."""

    def __init__(self) -> None:
        self.graph = AliasGraph({}, {})
        self.graph_without_missing = AliasGraph({}, {})
        self._known: re.Pattern[str] | None = None

    def read(self, path: Path) -> ExamFile:
        """As any exam; the names that are looked for in prose are those of the graph and of all keys."""
        found = super().read(path)
        names = {*self.graph.names, *(normalise_name(item.key) for item in found.items)}
        # The longest of those that begin at one place: Lazarus Group, not Lazarus.
        listed = sorted((name for name in names if len(name) > 2 and name != MISSING), key=len, reverse=True)
        self._known = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, listed))})(?!\w)", re.IGNORECASE)
        return found

    def mark_answer(self, item: ExamItem, answer: str) -> Mark:
        """Right if the actor is the key's by the aliases; `plausible` counts right answers too."""
        name = self.find_actor(answer)
        if not name:
            return Mark("unparsed", 0.0, details={"plausible": 0.0, "plausible_repaired": 0.0})
        relation = self.graph.relate(item.key, name)
        details = {
            "plausible": float(relation != "none"),
            "plausible_repaired": float(self.graph_without_missing.relate(item.key, name) != "none"),
        }
        correct = relation == "same"
        return Mark("correct" if correct else "wrong", float(correct), name, details)

    def find_actor(self, answer: str) -> str:
        """The actor that an answer names; empty if it names none.

        A line of up to six words is the name itself, and so are up to six words behind the last label such as
        "Answer:". In other prose it is the first known name behind the label, or else in the text, or else the first
        emphasised words.
        """
        labels = _LABEL.findall(answer)
        lines = [_strip_marks(line) for line in (labels[-1:] or answer.strip().splitlines())]
        if len(lines) == 1 and len(lines[0].split()) <= MAX_NAME_WORDS:
            return "" if normalise_name(lines[0]) in NOBODY else lines[0]
        known = self._find_known("\n".join(lines)) or self._find_known(answer)
        emphasised = _EMPHASISED.search(answer)
        return known or (_strip_marks(emphasised[1]) if emphasised else "")

    def _find_known(self, text: str) -> str:
        match = self._known.search(text) if self._known else None
        return match[0] if match else ""

    def choose_constant(self, items: Sequence[ExamItem]) -> Constant:
        """The name that is right most often by its aliases."""
        keys = Counter(item.key for item in items)
        earned = {
            name: sum(count for key, count in keys.items() if self.graph.relate(key, name) == "same") for name in keys
        }
        best = max(keys, key=lambda name: (earned[name], keys[name]))
        return Constant(f"always {best} ({earned[best]} of {len(items)})", best)

    def summarise(self, marks: Sequence[Mark]) -> dict[str, float]:
        """The shares of correct answers, and of correct or plausible ones, in percent."""

        def share(name: str) -> float:
            return 100 * sum(mark.details.get(name, 0.0) for mark in marks) / len(marks)

        return {
            "correct %": 100 * sum(mark.score for mark in marks) / len(marks),
            "plausible %": share("plausible"),
            f"plausible %, without the name {MISSING}": share("plausible_repaired"),
        }


def _strip_marks(text: str) -> str:
    return text.strip("*_\"'`:. \t")
