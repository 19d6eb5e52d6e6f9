"""A file of an exam as it was read: its items, what was left out or repaired, and which release it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from hackmentor.exams.item import ExamItem
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.hashing import compute_file_sha256

_SHOWN_PLACES = 5


class RowFaultError(ValueError):
    """Why a row is no item, in a few words that are the same for all rows of this fault."""


@dataclass
class Tally:
    """What was not taken as it stands, by reason, with places.

    The rules: a key that differs from an option's letter by case, white space or a repeated letter is repaired. A row
    without a question or a key, with a key that names no option, or with several letters where one is asked for is
    left out. A row that repeats an earlier one, or has an empty option in the published prompt, stays: published scores
    count it. All of them are counted.
    """

    left_out: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    repaired: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    kept: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def count_repeated(self, items: Sequence[ExamItem]) -> None:
        """Counts the items that repeat an earlier one, with the same key or with another."""
        earlier: dict[tuple[str, tuple[str, ...]], ExamItem] = {}
        for item in items:
            first = earlier.setdefault((item.question, item.options), item)
            if first is not item:
                reason = (
                    "repeats an earlier row" if first.key == item.key else "repeats an earlier row with another key"
                )
                self.kept[reason].append(f"row {item.row} repeats {first.row}")

    def describe(self) -> Iterator[str]:
        """One sentence for each reason."""
        for kind, reasons in (
            ("left out", self.left_out),
            ("repaired", self.repaired),
            ("kept", self.kept),
        ):
            for reason, places in reasons.items():
                shown = ", ".join(places[:_SHOWN_PLACES]) + (", …" if len(places) > _SHOWN_PLACES else "")
                yield f"{kind}: {len(places)} ({reason}; {shown})"

    def to_json(self) -> dict[str, dict[str, list[str]]]:
        """The places by kind and reason."""
        return {"left_out": dict(self.left_out), "repaired": dict(self.repaired), "kept": dict(self.kept)}


@dataclass(frozen=True, slots=True)
class Release:
    """A published file that is known by its hash."""

    task: str
    name: str
    licence: str


@dataclass(frozen=True, slots=True)
class FileIdentity:
    """The SHA-256 of a file, and the release that has it; None for a file that we don't know."""

    sha256: str
    release: Release | None

    def describe(self) -> str:
        """One sentence."""
        if self.release is None:
            return f"no release that is known here (sha256 {self.sha256[:16]}…)"
        return f"{self.release.name} (sha256 {self.sha256[:16]}…; licence: {self.release.licence})"


@dataclass(frozen=True, slots=True)
class ExamFile:
    """The items of a file, in its order; `rows` counts those that were left out too."""

    task: str
    path: Path
    identity: FileIdentity
    items: tuple[ExamItem, ...]
    rows: int
    tally: Tally


def identify_file(path: Path) -> FileIdentity:
    """Hashes a file and looks it up. Raises UserError where it can't be read."""
    try:
        sha256 = compute_file_sha256(path)
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error})") from error
    return FileIdentity(sha256, load_releases().get(sha256))


@cache
def load_releases() -> dict[str, Release]:
    """The known files by SHA-256, from releases.yaml."""
    content: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("releases.yaml").read_text("utf-8"))
    return {
        sha256: Release(task, f"{source['name']} {file}, {source['at']}", source["licence"])
        for source in content
        for file, (task, sha256) in source["files"].items()
    }
