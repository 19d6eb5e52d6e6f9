"""What a STIX bundle knows about, as entries."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Link:
    """One end of a relationship, seen from the other: `uses`, or `uses (by)` where the other is used by this one."""

    relation: str
    id: str
    kind: str
    name: str
    outside_id: str
    how: str
    """What the relationship says of itself; often empty."""

    @property
    def label(self) -> str:
        """`Mimikatz (S0002)`, or the bare name."""
        return _label(self.name, self.outside_id)


def _label(name: str, outside_id: str) -> str:
    return f"{name} ({outside_id})" if outside_id not in ("", name) else name


@dataclass(frozen=True, slots=True)
class _Linked:
    """An object with links to others."""

    upstream_id: str
    name: str
    description: str
    links: tuple[Link, ...]

    @property
    def split_key(self) -> str:
        """Each object is split by itself."""
        return self.upstream_id

    def linked(self, relation: str, *kinds: str) -> list[Link]:
        """The links of one relation to objects of some kinds (none given: of all), once for each object."""
        fits = {link.id: link for link in self.links if link.relation == relation and link.name}
        return [link for link in fits.values() if not kinds or link.kind in kinds]


@dataclass(frozen=True, slots=True)
class Subject(_Linked):
    """An actor, a campaign, a piece of software, a technique, a mitigation or a vulnerability."""

    kind: str
    outside_id: str
    also: tuple[str, ...]
    phases: tuple[str, ...]
    platforms: tuple[str, ...]

    @property
    def label(self) -> str:
        """`Mimikatz (S0002)`, or the bare name."""
        return _label(self.name, self.outside_id)


@dataclass(frozen=True, slots=True)
class Indicator(_Linked):
    """A pattern to look for, as it was written, and what it indicates."""

    pattern: str
    pattern_type: str
    since: str
    """The day from which it holds, as YYYY-MM-DD."""


@dataclass(frozen=True, slots=True)
class Report(_Linked):
    """A report and the objects that it is about."""

    published: str
    """The day, as YYYY-MM-DD."""
