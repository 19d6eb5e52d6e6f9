"""What a stage tells about itself, and to whom. `tracker=none` is an object like the others, so that no caller asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from lightning.pytorch.loggers import Logger

LATER = "`hackmentor sync` sends it later"


@dataclass(frozen=True)
class Artifact:
    """Files that one run makes and others use. The same content under the same name is the same version.

    `files` are files or folders, `texts` small files that lie nowhere else, by name; `reference` is where content lies
    that is not copied.
    """

    name: str
    kind: str
    files: Sequence[Path] = ()
    texts: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    reference: str | None = None


@dataclass(frozen=True)
class Table:
    """Rows that someone will want to sort and filter."""

    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Confusion:
    """Two judgements of each of many things: what the first and the second said, as indexes into `classes`."""

    classes: Sequence[str]
    first: Sequence[int]
    second: Sequence[int]


class Tracker(Protocol):
    """One run."""

    def loggers(self) -> list[Logger]:
        """What Lightning logs to."""

    def used(self, artifact: Artifact) -> None:
        """Declares an artifact that this run reads."""

    def made(self, artifact: Artifact) -> None:
        """Declares an artifact that this run produced."""

    def summary(self, figures: Mapping[str, Any]) -> None:
        """Sets figures that stand for the whole run."""

    def table(self, name: str, table: Table) -> None:
        """Shows a table."""

    def confusion(self, name: str, confusion: Confusion) -> None:
        """Shows where two judgements agree and where they do not."""

    def finish(self, exit_code: int) -> None:
        """Closes the run; 0 is success."""


class NoTracker:
    """Tracks nothing."""

    def loggers(self) -> list[Logger]:
        """None."""
        return []

    def used(self, artifact: Artifact) -> None:
        """Nothing."""

    def made(self, artifact: Artifact) -> None:
        """Nothing."""

    def summary(self, figures: Mapping[str, Any]) -> None:
        """Nothing."""

    def table(self, name: str, table: Table) -> None:
        """Nothing."""

    def confusion(self, name: str, confusion: Confusion) -> None:
        """Nothing."""

    def finish(self, exit_code: int) -> None:
        """Nothing."""
