"""The interface of a source of security knowledge: a catalogue of entries with its origin."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from hackmentor.data.sources.entry_text import iter_entry_texts

if TYPE_CHECKING:
    from hackmentor.data.sources.attack_knowledge import AttackKnowledge

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Origin:
    """The origin of a source's text, and its licence."""

    name: str
    package: str
    package_version: str
    upstream_version: str
    licence: str
    notice: str
    released: str = ""
    """The day on which this version was published, as YYYY-MM-DD; empty if unknown."""


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
    attack: "AttackKnowledge | None" = None
    """The release of ATT&CK that a bundle by path holds; what else names techniques then follows it."""
    _computed: dict[object, Any] = field(default_factory=dict, compare=False, repr=False)

    def compute_once(self, compute: Callable[["Catalogue"], T]) -> T:
        """What a module-level function makes of this catalogue; computed at its first call."""
        if compute not in self._computed:
            self._computed[compute] = compute(self)
        result: T = self._computed[compute]
        return result

    def iter_texts(self) -> Iterator[str]:
        """Every string in the entries, in their parts and the parts of these, that has at least four words."""
        return (text for entry in self.entries for text in iter_entry_texts(entry))


class CatalogueLoader(Protocol):
    """Loads a catalogue."""

    def __call__(self) -> Catalogue:
        """Load all entries. Raises UserError that says what to install if the source is missing."""
