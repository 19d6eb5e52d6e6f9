"""ATT&CK from MITRE's own STIX bundles by path: any release, with retired ids mapped to their successors."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from hackmentor.data.sources.attack import BUNDLE_LICENCE, BUNDLE_NOTICE, build_attack_catalogue
from hackmentor.data.sources.attack_knowledge import AttackKnowledge, AttackObject
from hackmentor.data.sources.attack_stix import is_attack_bundle, read_attack_objects
from hackmentor.data.sources.catalogue import Catalogue, CatalogueEntry, EntryRef, Origin
from hackmentor.data.sources.d3fend import Defence, DefendedTechnique
from hackmentor.data.sources.parsed_files import iter_json, read_head
from hackmentor.data.sources.sigma import Alert
from hackmentor.data.sources.stix import extract_objects

SUFFIXES = (".json",)
NAME = "attack"


def recognises(path: Path) -> bool:
    """Whether a file is a STIX bundle that defines tactics of ATT&CK, and techniques."""
    if '"bundle"' not in read_head(path):
        return False
    return is_attack_bundle(_iter_objects({path.name: path}, {}))


def load_bundles(name: str, files: Mapping[str, Path]) -> Catalogue:
    """The techniques and actors of all bundles, as one release."""
    left_out: dict[str, list[str]] = {}
    knowledge = read_attack_objects(_iter_objects(files, left_out))
    knowledge.retired.update(left_out)
    return _build_catalogue(name, knowledge)


def _build_catalogue(name: str, knowledge: AttackKnowledge) -> Catalogue:
    version = f"ATT&CK {knowledge.version}".strip()
    origin = Origin(f"{NAME}:{name}", "", "", version, BUNDLE_LICENCE, BUNDLE_NOTICE, knowledge.released)
    catalogue = build_attack_catalogue(knowledge, origin)
    return replace(catalogue, attack=knowledge)


def _iter_objects(files: Mapping[str, Path], left_out: dict[str, list[str]]) -> Iterator[Mapping[str, Any]]:
    for _, content in iter_json(files, left_out):
        for item in extract_objects(content) or ():
            if isinstance(item, dict):
                yield item


def align_catalogue(catalogue: Catalogue, knowledge: AttackKnowledge) -> Catalogue:
    """A catalogue with the ids, names and tactics of a release; what names retired techniques follows it."""
    names = {item.id: item for item in knowledge.iter_class("technique")}
    entries: list[CatalogueEntry] = []
    defended: dict[str, DefendedTechnique] = {}
    for entry in catalogue.entries:
        if isinstance(entry, DefendedTechnique):
            _add_defended(defended, entry, names.get(knowledge.find_current_id(entry.upstream_id)))
        elif isinstance(entry, Alert):
            entries.append(_align_alert(entry, knowledge, names))
        elif isinstance(entry, Defence):
            entries.append(replace(entry, techniques=tuple(_list_current(entry.techniques, knowledge, names))))
        else:
            entries.append(entry)
    return replace(catalogue, entries=(*entries, *defended.values()), _computed={})


def _add_defended(
    defended: dict[str, DefendedTechnique], entry: DefendedTechnique, current: AttackObject | None
) -> None:
    """Techniques that became one share their countermeasures; one that is gone has none."""
    if current:
        known = defended[current.id].defences if current.id in defended else ()
        both = sorted({*known, *entry.defences}, key=lambda item: (item.breadth, item.id))
        defended[current.id] = DefendedTechnique(current.id, current.name, current.tactics, tuple(both))


def _list_current(
    refs: Iterable[EntryRef], knowledge: AttackKnowledge, names: Mapping[str, AttackObject]
) -> list[EntryRef]:
    ids = dict.fromkeys(knowledge.find_current_id(ref.id) for ref in refs)
    return [EntryRef(key, names[key].name) for key in ids if key in names]


def _align_alert(alert: Alert, knowledge: AttackKnowledge, names: Mapping[str, AttackObject]) -> Alert:
    current = _list_current(alert.techniques, knowledge, names)
    known = [names[ref.id] for ref in current]
    kept = [tactic for tactic in alert.tactics if tactic in knowledge.tactics]
    return replace(
        alert,
        techniques=tuple(current),
        tactics=tuple(dict.fromkeys([*kept, *_list_tactics(known, kept, len(alert.tactics))])),
    )


def _list_tactics(techniques: Iterable[AttackObject], kept: list[str], wanted: int) -> list[str]:
    """Where a tactic of the rule is gone, those of its techniques stand in."""
    return [tactic for item in techniques for tactic in item.tactics] if len(kept) < wanted else []
