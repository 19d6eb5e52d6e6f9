"""ATT&CK's groups and software with the techniques that they use."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from hackmentor.data.sources.attack_knowledge import AttackKnowledge, AttackLink, AttackObject, group_links
from hackmentor.data.sources.catalogue import EntryRef

MIN_DESCRIPTION_WORDS = 8


@dataclass(frozen=True, slots=True)
class TechniqueRef:
    """A technique as an actor's profile mentions it."""

    id: str
    name: str
    tactics: tuple[str, ...]
    domain: str
    group_count: int
    """How many groups ATT&CK records for it: the fewer, the more it tells about who is at work."""


@dataclass(frozen=True, slots=True)
class Actor:
    """A group, a malware family or a tool, with the techniques that it uses."""

    upstream_id: str
    name: str
    kind: Literal["group", "malware", "tool"]
    description: str
    aliases: tuple[str, ...]
    platforms: tuple[str, ...]
    techniques: tuple[TechniqueRef, ...]
    users: tuple[EntryRef, ...]
    """For software: the groups that use it."""
    tools: tuple[EntryRef, ...]
    """For groups: the software that they use."""

    @property
    def split_key(self) -> str:
        """Each actor is split by itself."""
        return self.upstream_id


def build_actors(knowledge: AttackKnowledge) -> list[Actor]:
    """All usable groups, malware and tools by id; what has no description is logged as left out."""
    by_source = group_links(knowledge.links, "uses", by="source")
    by_target = group_links(knowledge.links, "uses", by="target")
    actors = [
        _build_actor(item, knowledge, by_source.get(item.key, []), by_target)
        for item in knowledge.iter_class("actor")
        if item.kind in ("group", "malware", "tool")
    ]
    return sorted(_drop_undescribed(actors, knowledge.retired), key=lambda actor: actor.upstream_id)


def _build_actor(
    item: AttackObject,
    knowledge: AttackKnowledge,
    uses: list[AttackLink],
    by_target: dict[str, list[AttackLink]],
) -> Actor:
    objects = knowledge.objects
    targets = {objects[link.target].id: objects[link.target] for link in uses}
    users = {objects[link.source].id: objects[link.source] for link in by_target.get(item.key, [])}
    return Actor(
        upstream_id=item.id,
        name=item.name,
        kind=item.kind,  # type: ignore[arg-type]
        description=item.description,
        aliases=item.aliases,
        platforms=item.platforms,
        techniques=tuple(
            TechniqueRef(key, other.name, other.tactics, other.domain, count_groups(other.key, knowledge, by_target))
            for key, other in sorted(targets.items())
            if other.key.startswith("technique--")
        ),
        users=tuple(EntryRef(key, user.name) for key, user in sorted(users.items()) if user.kind == "group"),
        tools=tuple(EntryRef(key, other.name) for key, other in sorted(targets.items()) if other.kind),
    )


def count_groups(key: str, knowledge: AttackKnowledge, by_target: dict[str, list[AttackLink]]) -> int:
    """How many groups use the technique with this key."""
    return len({link.source for link in by_target.get(key, []) if knowledge.objects[link.source].kind == "group"})


def _drop_undescribed(actors: list[Actor], left_out: dict[str, list[str]]) -> Iterator[Actor]:
    for actor in actors:
        if len(actor.description.split()) < MIN_DESCRIPTION_WORDS:
            left_out.setdefault("actor without a description", []).append(actor.upstream_id)
        else:
            yield actor
