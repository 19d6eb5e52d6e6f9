"""The objects of a STIX bundle as catalogue entries."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StixLink:
    """One end of a relationship, seen from the other: `uses`, or `uses (by)` where the other is used by this one."""

    relation: str
    id: str
    kind: str
    name: str
    external_id: str
    description: str
    """The description of the relationship; often empty."""

    @property
    def label(self) -> str:
        """`Mimikatz (S0002)`, or the bare name."""
        return _format_label(self.name, self.external_id)


def _format_label(name: str, external_id: str) -> str:
    return f"{name} ({external_id})" if external_id not in ("", name) else name


@dataclass(frozen=True, slots=True)
class _LinkedObject:
    """An object with links to others."""

    upstream_id: str
    name: str
    description: str
    links: tuple[StixLink, ...]

    @property
    def split_key(self) -> str:
        """Each object is split by itself."""
        return self.upstream_id

    def get_links(self, relation: str, *kinds: str) -> list[StixLink]:
        """The links of one relation to objects of some kinds (none given: of all), once for each object."""
        fits = {link.id: link for link in self.links if link.relation == relation and link.name}
        return [link for link in fits.values() if not kinds or link.kind in kinds]


@dataclass(frozen=True, slots=True)
class StixSubject(_LinkedObject):
    """An actor, a campaign, a piece of software, a technique, a mitigation or a vulnerability."""

    kind: str
    external_id: str
    aliases: tuple[str, ...]
    phases: tuple[str, ...]
    platforms: tuple[str, ...]

    @property
    def label(self) -> str:
        """`Mimikatz (S0002)`, or the bare name."""
        return _format_label(self.name, self.external_id)


@dataclass(frozen=True, slots=True)
class Indicator(_LinkedObject):
    """A pattern to look for, as it was written, and what it indicates."""

    pattern: str
    pattern_type: str
    valid_from: str
    """The day from which it is valid, as YYYY-MM-DD."""


@dataclass(frozen=True, slots=True)
class Report(_LinkedObject):
    """A report and the objects that it is about."""

    published: str
    """The day, as YYYY-MM-DD."""
