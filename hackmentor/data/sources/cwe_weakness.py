"""A CWE entry as the templates see it."""

from dataclasses import dataclass

from hackmentor.data.sources.catalogue import EntryRef
from hackmentor.data.sources.cwe_examples import CodeExample, ObservedExample


@dataclass(frozen=True, slots=True)
class Consequence:
    """What exploitation does: the security properties it breaks, the impacts, a sentence on how."""

    scopes: tuple[str, ...]
    impacts: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True)
class Mitigation:
    """A way to prevent or soften a weakness, with the phases of development it belongs to."""

    phases: tuple[str, ...]
    strategy: str
    text: str
    effectiveness: str
    limitations: str
    """The catalogue's notes on its effectiveness rating: mostly the limits of the measure."""
    shared_by: int
    """How many weaknesses carry exactly this text: the higher, the more general the advice."""


@dataclass(frozen=True, slots=True)
class Detection:
    """A way to find a weakness."""

    method: str
    text: str
    effectiveness: str
    shared_by: int


@dataclass(frozen=True, slots=True)
class Introduction:
    """The phase of development in which a weakness comes in, and how."""

    phase: str
    note: str


@dataclass(frozen=True, slots=True)
class Weakness:
    """One CWE entry, its text already plain."""

    upstream_id: str
    name: str
    abstraction: str
    usage: str
    description: str
    extended: str
    background: str
    likelihood: str
    alternate_terms: tuple[str, ...]
    parents: tuple[EntryRef, ...]
    children: tuple[EntryRef, ...]
    leads_to: tuple[EntryRef, ...]
    languages: tuple[str, ...]
    technologies: tuple[str, ...]
    introductions: tuple[Introduction, ...]
    consequences: tuple[Consequence, ...]
    mitigations: tuple[Mitigation, ...]
    detections: tuple[Detection, ...]
    examples: tuple[CodeExample, ...]
    observed: tuple[ObservedExample, ...]

    @property
    def split_key(self) -> str:
        """Each weakness is split by itself."""
        return self.upstream_id

    @property
    def short_name(self) -> str:
        """The name that people say: what stands in quotes at the end of the official one, or all of it."""
        head, quote, tail = self.name.partition("('")
        return tail.split("')")[0] if quote and head else self.name
