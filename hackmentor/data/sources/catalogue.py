"""What every source of security knowledge looks like to the rest of the data stage."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a source's text comes from and on what terms it may be used."""

    name: str
    package: str
    package_version: str
    upstream_version: str
    licence: str
    notice: str


@dataclass(frozen=True, slots=True)
class Ref:
    """The id and name of an entry, where one entry mentions another."""

    id: str
    name: str


class Entry(Protocol):
    """One thing that a source knows about: a weakness, a technique, a seed.

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
    entries: Sequence[Entry]
    left_out: Mapping[str, Sequence[str]] = field(default_factory=dict)


class Source(Protocol):
    """A place to load entries from."""

    def __call__(self) -> Catalogue:
        """Load everything. Raises UserError that says what to install where the source is missing."""
