"""MITRE ATT&CK techniques with their mitigations and users, from the JSON that `pymispgalaxies` ships."""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import cast

from hackmentor.data.clean import clean_text
from hackmentor.data.prose import finish_sentence, trim_to_sentences
from hackmentor.data.sources.attack_actors import Actor, TechniqueRef, read_actors
from hackmentor.data.sources.catalogue import Catalogue, EntryRef, Origin
from hackmentor.data.sources.installed_packages import get_package_version
from hackmentor.data.sources.misp import (
    PACKAGE,
    Cluster,
    format_tactic,
    get_external_id,
    get_name,
    is_deprecated,
    is_revoked,
    iter_related,
    read_clusters,
)

LICENCE = "ATT&CK Terms of Use; MISP galaxy CC0-1.0 or BSD-2-Clause"
NOTICE = (
    "© 2025 The MITRE Corporation. This work is reproduced and distributed with the permission of The MITRE "
    "Corporation. ATT&CK is a registered trademark of The MITRE Corporation "
    "(https://attack.mitre.org/resources/legal-and-branding/terms-of-use/). Taken from the MISP galaxy, CC0-1.0 or "
    "BSD-2-Clause (https://github.com/MISP/misp-galaxy)."
)
STEP_LABEL = re.compile(r"^(?:Use Cases?|Implementation|Best Practices?|Example|Action|Steps?)\s*:\s*")


@dataclass(frozen=True, slots=True)
class Countermeasure:
    """An ATT&CK mitigation: what it is, and ways to put it into practice as (heading, steps)."""

    id: str
    name: str
    text: str
    measures: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Technique:
    """One ATT&CK technique or sub-technique, its text already plain."""

    upstream_id: str
    name: str
    domain: str
    description: str
    tactics: tuple[str, ...]
    platforms: tuple[str, ...]
    mitigations: tuple[Countermeasure, ...]
    groups: tuple[EntryRef, ...]
    software: tuple[EntryRef, ...]
    data_sources: tuple[str, ...]
    parent: EntryRef | None
    children: tuple[EntryRef, ...]

    @property
    def split_key(self) -> str:
        """A sub-technique goes where its parent goes."""
        return self.upstream_id.partition(".")[0]


@cache
def load_attack() -> Catalogue:
    """Every usable technique. Raises UserError where the package or a file is missing."""
    version = get_package_version(PACKAGE)
    patterns, upstream = read_clusters("mitre-attack-pattern")
    left_out: dict[str, list[str]] = {"revoked": [], "deprecated": [], "no tactic": []}
    live: list[Cluster] = []
    for pattern in patterns:
        reason = _find_exclusion_reason(pattern)
        if reason:
            left_out[reason].append(get_external_id(pattern))
        else:
            live.append(pattern)
    origin = Origin("attack", PACKAGE, version, f"misp-galaxy {upstream}", LICENCE, NOTICE)
    refs = {item["uuid"]: TechniqueRef(get_external_id(item), get_name(item), list_tactics(item)) for item in live}
    actors = read_actors(refs, left_out)
    techniques = sorted(_iter_techniques(live, actors), key=lambda technique: technique.upstream_id)
    return Catalogue(origin, (*techniques, *actors), {reason: sorted(ids) for reason, ids in left_out.items()})


def _find_exclusion_reason(pattern: Cluster) -> str:
    if is_revoked(pattern):
        return "revoked"
    if is_deprecated(pattern):
        return "deprecated"
    chains = pattern["meta"].get("kill_chain", [])
    return "" if any(chain.startswith(("attack-", "mobile-attack-")) for chain in chains) else "no tactic"


def list_tactics(pattern: Cluster) -> tuple[str, ...]:
    """The names of the tactics that a technique serves."""
    chains = pattern["meta"].get("kill_chain", [])
    return tuple(dict.fromkeys(format_tactic(chain.partition(":")[2]) for chain in chains))


def _iter_techniques(live: list[Cluster], actors: list[Actor]) -> Iterator[Technique]:
    by_uuid = {pattern["uuid"]: EntryRef(get_external_id(pattern), get_name(pattern)) for pattern in live}
    mitigations = _index_countermeasures()
    groups = _index_users(actors, "group")
    software = _index_users(actors, "malware") | _index_users(actors, "tool")
    parents = {p["uuid"]: by_uuid.get(next(iter_related(p, "subtechnique-of"), "")) for p in live}
    children: dict[str, list[EntryRef]] = {}
    for uuid, parent in parents.items():
        if parent:
            children.setdefault(parent.id, []).append(by_uuid[uuid])
    for pattern in live:
        uuid, me = pattern["uuid"], by_uuid[pattern["uuid"]]
        kids = tuple(sorted(children.get(me.id, ()), key=lambda ref: ref.id))
        yield Technique(
            upstream_id=me.id,
            name=me.name,
            domain="mobile" if pattern["meta"]["kill_chain"][0].startswith("mobile-") else "enterprise",
            description=finish_sentence(clean_text(pattern["description"])),
            tactics=list_tactics(pattern),
            platforms=tuple(p for p in pattern["meta"].get("mitre_platforms", []) if p != "PRE"),
            mitigations=mitigations.get(uuid, ()),
            groups=groups.get(me.id, ()),
            software=software.get(me.id, ()),
            data_sources=tuple(pattern["meta"].get("mitre_data_sources", [])),
            parent=parents[uuid],
            children=kids,
        )


def _index_users(actors: list[Actor], kind: str) -> dict[str, tuple[EntryRef, ...]]:
    found: dict[str, tuple[EntryRef, ...]] = {}
    for actor in actors:
        for technique in actor.techniques if actor.kind == kind else ():
            found[technique.id] = (*found.get(technique.id, ()), EntryRef(actor.upstream_id, actor.name))
    return found


def _index_countermeasures() -> dict[str, tuple[Countermeasure, ...]]:
    found: dict[str, list[Countermeasure]] = {}
    for cluster in read_clusters("mitre-course-of-action")[0]:
        measure = parse_countermeasure(cluster)
        for uuid in iter_related(cluster, "mitigates") if measure else ():
            found.setdefault(uuid, []).append(cast(Countermeasure, measure))
    return {uuid: tuple(sorted(items, key=lambda item: item.id)) for uuid, items in found.items()}


def parse_countermeasure(cluster: Cluster) -> Countermeasure | None:
    """A mitigation from its cluster; None for those that are retired or say that nothing should be done."""
    # Ids that begin with T are the retired one-mitigation-a-technique entries of 2018.
    name = get_name(cluster)
    if not get_external_id(cluster).startswith("M") or is_deprecated(cluster) or name == "Do Not Mitigate":
        return None
    blocks = [block.strip() for block in clean_text(cluster["description"]).split("\n\n")]
    steps: list[tuple[str, tuple[str, ...]]] = []
    for heading, block in itertools.pairwise(blocks):
        # Behind this heading come product names, not advice.
        if "Tools for Implementation" in heading:
            break
        if heading.endswith(":") and "\n" not in heading and block.startswith("- "):
            items = [STEP_LABEL.sub("", line.removeprefix("- ")).strip() for line in block.split("\n")]
            steps.append((heading.rstrip(":").strip(), tuple(finish_sentence(item) for item in items if item)))
    return Countermeasure(get_external_id(cluster), name, trim_to_sentences(blocks[0]), tuple(steps))
