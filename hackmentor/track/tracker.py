"""What a stage logs to its tracker. `tracker=none` is a tracker like the others, so that no caller has to ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from lightning.pytorch.loggers import Logger

SYNC_LATER_HINT = "`hackmentor sync` sends it later"


@dataclass(frozen=True)
class Artifact:
    """Files that one run makes and others use. The same content under the same name is the same version.

    `files` are files or folders, `texts` small files that exist nowhere else, by name; `reference` is the address of
    content that is not copied.
    """

    name: str
    kind: str
    files: Sequence[Path] = ()
    texts: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    reference: str | None = None


@dataclass(frozen=True)
class Table:
    """Rows to sort and filter in the tracker."""

    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]


@dataclass(frozen=True)
class ConfusionMatrix:
    """Two judgements of each of several items: what the first and the second judge said, as indexes into `classes`."""

    classes: Sequence[str]
    first: Sequence[int]
    second: Sequence[int]


class Tracker(Protocol):
    """One run."""

    def get_loggers(self) -> list[Logger]:
        """The loggers for Lightning's Trainer."""

    def use_artifact(self, artifact: Artifact) -> None:
        """Records an artifact that this run reads."""

    def log_artifact(self, artifact: Artifact) -> None:
        """Records an artifact that this run has produced."""

    def log_summary(self, figures: Mapping[str, Any]) -> None:
        """Sets figures that stand for the whole run."""

    def log_table(self, name: str, table: Table) -> None:
        """Logs a table."""

    def log_confusion_matrix(self, name: str, matrix: ConfusionMatrix) -> None:
        """Logs a chart of where two judgements agree and where they do not."""

    def finish(self, exit_code: int) -> None:
        """Closes the run; 0 is success."""


class NoTracker:
    """Tracks nothing."""

    def get_loggers(self) -> list[Logger]:
        """None."""
        return []

    def use_artifact(self, artifact: Artifact) -> None:
        """Does nothing."""

    def log_artifact(self, artifact: Artifact) -> None:
        """Does nothing."""

    def log_summary(self, figures: Mapping[str, Any]) -> None:
        """Does nothing."""

    def log_table(self, name: str, table: Table) -> None:
        """Does nothing."""

    def log_confusion_matrix(self, name: str, matrix: ConfusionMatrix) -> None:
        """Does nothing."""

    def finish(self, exit_code: int) -> None:
        """Does nothing."""
