"""What tasks are made of, as far as it comes from catalogues: entries, by the parts that tasks read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from hackmentor.tasks.case import Provenance


class Named(Protocol):
    """Something with an id and a name."""

    @property
    def id(self) -> str:
        """The id."""

    @property
    def name(self) -> str:
        """The name."""


class ProcedureText(Protocol):
    """What an actor did with a technique, in a sentence."""

    @property
    def actor(self) -> Named:
        """Who did it."""

    @property
    def text(self) -> str:
        """The sentence."""


class AnalyticText(Protocol):
    """A way to detect a technique."""

    @property
    def id(self) -> str:
        """The id."""

    @property
    def platforms(self) -> tuple[str, ...]:
        """Where it holds."""

    @property
    def text(self) -> str:
        """What to look for."""

    @property
    def log_sources(self) -> tuple[tuple[str, str], ...]:
        """Pairs of log and channel or event."""

    @property
    def tunables(self) -> tuple[tuple[str, str], ...]:
        """Pairs of a setting and what it is for."""


class TechniqueEntry(Protocol):
    """A technique of ATT&CK."""

    @property
    def upstream_id(self) -> str:
        """The id, such as T1059.001."""

    @property
    def split_key(self) -> str:
        """The id without that of the sub-technique."""

    @property
    def name(self) -> str:
        """The name."""

    @property
    def domain(self) -> str:
        """The matrix that it belongs to."""

    @property
    def tactics(self) -> tuple[str, ...]:
        """What it is for."""

    @property
    def procedures(self) -> Sequence[ProcedureText]:
        """Who did what with it."""

    @property
    def analytics(self) -> Sequence[AnalyticText]:
        """How it is detected."""


class RuleEntry(Protocol):
    """A Sigma rule."""

    @property
    def upstream_id(self) -> str:
        """The id."""

    @property
    def split_key(self) -> str:
        """The technique that it detects, or its id."""

    @property
    def title(self) -> str:
        """The title."""

    @property
    def description(self) -> str:
        """What it finds."""

    @property
    def techniques(self) -> tuple[str, ...]:
        """The techniques that it is tagged with."""

    @property
    def false_positives(self) -> tuple[str, ...]:
        """What else sets it off."""

    @property
    def text(self) -> str:
        """The rule as YAML."""


class VulnerabilityEntry(Protocol):
    """A published vulnerability."""

    @property
    def upstream_id(self) -> str:
        """The id, such as CVE-2024-3094."""

    @property
    def split_key(self) -> str:
        """The id."""

    @property
    def description(self) -> str:
        """The text of the record."""

    @property
    def cwes(self) -> tuple[str, ...]:
        """The weaknesses that the record names."""

    @property
    def vector(self) -> str:
        """A CVSS 3 vector; may be empty."""


class ObservedText(Protocol):
    """A vulnerability that a catalogue of weaknesses gives as an example, in a sentence."""

    @property
    def cve(self) -> str:
        """Its id."""

    @property
    def text(self) -> str:
        """The sentence."""


class WeaknessEntry(Protocol):
    """A weakness of CWE."""

    @property
    def upstream_id(self) -> str:
        """The id, such as CWE-79."""

    @property
    def split_key(self) -> str:
        """The id."""

    @property
    def observed(self) -> Sequence[ObservedText]:
        """Vulnerabilities that it was behind."""


class CheckEntry(Protocol):
    """A check of a cloud's configuration."""

    @property
    def upstream_id(self) -> str:
        """The id."""

    @property
    def split_key(self) -> str:
        """The id."""

    @property
    def provider(self) -> str:
        """Whose cloud it is."""

    @property
    def service(self) -> str:
        """Which service it looks at."""

    @property
    def title(self) -> str:
        """What it demands."""

    @property
    def risk(self) -> str:
        """Why."""

    @property
    def severity(self) -> str:
        """How bad a failure is."""

    @property
    def recommendation(self) -> str:
        """How to comply."""

    @property
    def command(self) -> str:
        """A command that does it; may be empty."""

    @property
    def terraform(self) -> str:
        """Terraform that does it; may be empty."""


@dataclass(frozen=True, slots=True)
class Material:
    """Entries by kind, and where each comes from, by its id; what is not listed there is our own."""

    techniques: Sequence[TechniqueEntry] = ()
    weaknesses: Sequence[WeaknessEntry] = ()
    rules: Sequence[RuleEntry] = ()
    vulnerabilities: Sequence[VulnerabilityEntry] = ()
    checks: Sequence[CheckEntry] = ()
    events: Mapping[str, Sequence[Mapping[str, str]]] = field(default_factory=dict)
    """Real events that a rule matches, by its id."""
    left_out: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """What could not be used, by reason."""
    provenance: Mapping[str, Provenance] = field(default_factory=dict)
