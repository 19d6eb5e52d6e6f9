"""ATT&CK's groups and software with the techniques that they use."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from hackmentor.data.clean import clean_text
from hackmentor.data.prose import finish_sentence
from hackmentor.data.sources.catalogue import EntryRef
from hackmentor.data.sources.misp import (
    get_external_id,
    get_name,
    is_deprecated,
    is_revoked,
    iter_related,
    read_clusters,
)


@dataclass(frozen=True, slots=True)
class TechniqueRef:
    """A technique as an actor's profile mentions it."""

    id: str
    name: str
    tactics: tuple[str, ...]


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


KIND_BY_FILE: dict[str, Literal["group", "malware", "tool"]] = {
    "mitre-intrusion-set": "group",
    "mitre-malware": "malware",
    "mitre-tool": "tool",
}


def read_actors(techniques: Mapping[str, TechniqueRef], left_out: dict[str, list[str]]) -> list[Actor]:
    """All usable actors by id; `techniques` maps uuids to techniques, `left_out` gets the ids of the others."""
    clusters = {(file, cluster["uuid"]): cluster for file in KIND_BY_FILE for cluster in read_clusters(file)[0]}
    live = {key: item for key, item in clusters.items() if not (is_revoked(item) or is_deprecated(item))}
    gone = sorted(get_external_id(item) for key, item in clusters.items() if key not in live)
    left_out["revoked or deprecated actor"] = gone
    refs = {uuid: EntryRef(get_external_id(item), get_name(item)) for (_, uuid), item in live.items()}
    users: dict[str, list[EntryRef]] = {}
    for (file, uuid), item in live.items():
        for target in iter_related(item, "uses") if KIND_BY_FILE[file] == "group" else ():
            users.setdefault(target, []).append(refs[uuid])
    actors: list[Actor] = []
    for (file, uuid), item in live.items():
        used = list(iter_related(item, "uses"))
        known = {techniques[target].id: techniques[target] for target in used if target in techniques}
        tools = {refs[target].id: refs[target] for target in used if target in refs}
        me = refs[uuid]
        actors.append(
            Actor(
                upstream_id=me.id,
                name=me.name,
                kind=KIND_BY_FILE[file],
                description=finish_sentence(clean_text(item["description"])),
                aliases=tuple(name for name in item["meta"].get("synonyms", []) if name != me.name),
                platforms=tuple(item["meta"].get("mitre_platforms", [])),
                techniques=tuple(known[key] for key in sorted(known)),
                users=tuple(sorted(users.get(uuid, ()), key=lambda ref: ref.id)),
                tools=tuple(tools[key] for key in sorted(tools)),
            )
        )
    return sorted(_drop_undescribed(actors, left_out), key=lambda actor: actor.upstream_id)


def _drop_undescribed(actors: list[Actor], left_out: dict[str, list[str]]) -> Iterator[Actor]:
    for actor in actors:
        if len(actor.description.split()) < 8:
            left_out.setdefault("actor without a description", []).append(actor.upstream_id)
        else:
            yield actor
