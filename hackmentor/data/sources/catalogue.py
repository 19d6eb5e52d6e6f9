"""The interface of a source of security knowledge: a catalogue of entries with its origin."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Origin:
    """The origin of a source's text, and its licence."""

    name: str
    package: str
    package_version: str
    upstream_version: str
    licence: str
    notice: str


@dataclass(frozen=True, slots=True)
class EntryRef:
    """The id and name of an entry, where one entry mentions another."""

    id: str
    name: str


class CatalogueEntry(Protocol):
    """One entry of a catalogue: a weakness, a technique, a seed.

    An entry whose licence asks for its author's name has a `credit` as well.
    """

    @property
    def upstream_id(self) -> str:
        """The id in the source, for instance CWE-79 or T1059.001."""

    @property
    def split_key(self) -> str:
        """Entries with the same key stay on the same side of the train/eval split."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All usable entries of one source, and the ids of those left out, by reason."""

    origin: Origin
    entries: Sequence[CatalogueEntry]
    left_out: Mapping[str, Sequence[str]] = field(default_factory=dict)


class CatalogueLoader(Protocol):
    """Loads a catalogue."""

    def __call__(self) -> Catalogue:
        """Load all entries. Raises UserError that says what to install if the source is missing."""
