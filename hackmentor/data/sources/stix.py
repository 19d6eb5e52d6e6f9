"""STIX 2.x bundles: actors, software, techniques, indicators and reports, with what relates them.

Parsed as plain JSON: the library `stix2` rejects bundles with custom fields or objects, which real bundles contain, and
adds four dependencies.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from hackmentor.data.clean import clean_text
from hackmentor.data.prose import SENTENCE_ENDINGS, join_paragraphs, split_sentences
from hackmentor.data.sources.parsed_files import get_text, parse_json
from hackmentor.data.sources.stix_objects import Indicator, Report, StixLink, StixSubject
from hackmentor.records.read.data_file import open_data_file

SUBJECT_TYPES = {
    "attack-pattern", "malware", "tool", "intrusion-set", "threat-actor", "campaign", "course-of-action",
    "vulnerability",
}  # fmt: skip
RELATION_TYPES = {"uses", "mitigates", "indicates", "targets", "attributed-to"}
PREFERRED_CATALOGUES = ("mitre-attack", "mitre-mobile-attack", "mitre-ics-attack", "cve", "capec")
# The id of a bundle or an object, as the JSON of a text field could not hold it.
STIX_ID = re.compile(r'"id"\s*:\s*"[a-z0-9-]+--')
HEAD_CHARACTERS = 1 << 16
StixObject = Mapping[str, Any]
T = TypeVar("T")


@dataclass(slots=True)
class BundleMerger:
    """Merges bundles: keeps the newest version of every object, and the ids of what is left out, by reason."""

    objects: dict[str, StixObject] = field(default_factory=dict)
    left_out: dict[str, list[str]] = field(default_factory=dict)

    def add(self, objects: Iterable[object]) -> None:
        """Add the objects of one bundle."""
        for stix_object in objects:
            if not isinstance(stix_object, dict) or not all(
                isinstance(stix_object.get(key), str) for key in ("id", "type")
            ):
                self._log_left_out("STIX object without id or type", str(stix_object)[:60])
                continue
            known = self.objects.get(stix_object["id"])
            if known:
                self._log_left_out("older version of a STIX object", stix_object["id"])
            if not known or _get_modified(stix_object) > _get_modified(known):
                self.objects[stix_object["id"]] = stix_object

    def _log_left_out(self, reason: str, name: str) -> None:
        """Count something that is left out."""
        self.left_out.setdefault(reason, []).append(name)

    def build_entries(self) -> list[StixSubject | Indicator | Report]:
        """The entries of all named objects, in the order of their ids, each with its links."""
        for name, stix_object in list(self.objects.items()):
            reason = _find_retirement_reason(stix_object)
            if reason:
                self._log_left_out(reason, name)
                del self.objects[name]
        links = self._build_links()
        entries = (self._build_entry(self.objects[name], links.get(name, [])) for name in sorted(self.objects))
        return [entry for entry in entries if entry]

    def _build_entry(
        self, stix_object: StixObject, links: Sequence[StixLink]
    ) -> StixSubject | Indicator | Report | None:
        object_type, name = stix_object["type"], stix_object["id"]
        has_name = isinstance(stix_object.get("name"), str) and stix_object["name"].strip()
        if object_type == "indicator" and isinstance(stix_object.get("pattern"), str):
            return _build_indicator(stix_object, links)
        if object_type == "report" and has_name:
            refs = [ref for ref in _get_list(stix_object, "object_refs", str) if self._is_known(ref, name)]
            links = tuple(self._build_link("refers to", ref, "") for ref in refs)
            return Report(
                name,
                stix_object["name"],
                _get_description(stix_object),
                links,
                str(stix_object.get("published", ""))[:10],
            )
        if object_type in SUBJECT_TYPES and has_name:
            return _build_subject(stix_object, links)
        if object_type not in ("relationship", "identity", "location", "marking-definition"):
            self._log_left_out(f"STIX object without a use here: {object_type}", name)
        return None

    def _build_links(self) -> dict[str, list[StixLink]]:
        links_by_id: dict[str, list[StixLink]] = {}
        for stix_object in self.objects.values():
            relation = get_text(stix_object, "relationship_type")
            if stix_object["type"] != "relationship":
                continue
            if relation not in RELATION_TYPES:
                self._log_left_out(f"STIX relationship without a use here: {relation}", stix_object["id"])
                continue
            source, target = str(stix_object.get("source_ref")), str(stix_object.get("target_ref"))
            if self._is_known(source, stix_object["id"]) and self._is_known(target, stix_object["id"]):
                description = _get_description(stix_object)
                links_by_id.setdefault(source, []).append(self._build_link(relation, target, description))
                links_by_id.setdefault(target, []).append(self._build_link(f"{relation} (by)", source, description))
        return links_by_id

    def _is_known(self, ref: str, referring_id: str) -> bool:
        if ref in self.objects:
            return True
        self._log_left_out("STIX reference to an object that is missing or retired", f"{referring_id} -> {ref}")
        return False

    def _build_link(self, relation: str, ref: str, description: str) -> StixLink:
        stix_object = self.objects[ref]
        return StixLink(
            relation,
            ref,
            stix_object["type"],
            str(stix_object.get("name", "")),
            _get_external_id(stix_object),
            description,
        )


def extract_objects(content: object) -> Sequence[object] | None:
    """The objects of a bundle, of a TAXII envelope, or of a list of objects or bundles; None for other JSON."""
    objects = content.get("objects") if isinstance(content, dict) else content
    is_bundle = isinstance(content, dict) and content.get("type") == "bundle"
    if not isinstance(objects, list) or not (is_bundle or any(map(_is_stix_object, objects))):
        return None
    flat: list[object] = []
    for item in objects:
        inner = item.get("objects") if isinstance(item, dict) and item.get("type") == "bundle" else None
        flat += inner if isinstance(inner, list) else [item]
    return flat


def holds_stix(path: Path) -> bool:
    """Whether a JSON file holds STIX objects. Reads a file whole only where its beginning looks like it."""
    with open_data_file(path) as file:
        head = file.read(HEAD_CHARACTERS)
        if not STIX_ID.search(head):
            return False
        try:
            return extract_objects(parse_json(head + file.read())) is not None
        except ValueError:
            return False


def _is_stix_object(item: object) -> bool:
    return isinstance(item, dict) and str(item.get("id")).startswith(f"{item.get('type')}--")


def _find_retirement_reason(stix_object: StixObject) -> str:
    object_type = "relationship" if stix_object["type"] == "relationship" else "object"
    if stix_object.get("revoked"):
        return f"revoked STIX {object_type}"
    return f"deprecated STIX {object_type}" if stix_object.get("x_mitre_deprecated") else ""


def _get_modified(stix_object: StixObject) -> str:
    return str(stix_object.get("modified") or stix_object.get("created") or "")


def _get_description(stix_object: StixObject) -> str:
    text = clean_text(str(stix_object.get("description") or ""))
    if text.endswith("..."):
        # Some exporters cut descriptions off: what follows the last whole sentence goes.
        *blocks, last = text.split("\n\n")
        text = join_paragraphs(*blocks, " ".join(split_sentences(last)[:-1]))
    # No capital is forced on the first word: it may be a name that is written small.
    return text if not text or text.endswith(SENTENCE_ENDINGS) else f"{text}."


def _get_list(stix_object: StixObject, key: str, item_type: type[T]) -> list[T]:
    """The items of a list field that are what they should be; none where the field is no list."""
    items = stix_object.get(key)
    return [item for item in items if isinstance(item, item_type)] if isinstance(items, list) else []


def _get_external_id(stix_object: StixObject) -> str:
    known = [ref for ref in _get_list(stix_object, "external_references", dict) if ref.get("external_id")]
    known.sort(key=lambda ref: ref.get("source_name") not in PREFERRED_CATALOGUES)
    return str(known[0]["external_id"]) if known else ""


def _build_subject(stix_object: StixObject, links: Sequence[StixLink]) -> StixSubject:
    phases = (str(phase.get("phase_name", "")) for phase in _get_list(stix_object, "kill_chain_phases", dict))
    also = [*_get_list(stix_object, "aliases", str), *_get_list(stix_object, "x_mitre_aliases", str)]
    return StixSubject(
        upstream_id=stix_object["id"],
        kind=stix_object["type"],
        name=stix_object["name"],
        external_id=_get_external_id(stix_object),
        description=_get_description(stix_object),
        aliases=tuple(dict.fromkeys(name for name in also if name != stix_object["name"])),
        phases=tuple(phase.replace("-", " ") for phase in phases if phase),
        platforms=tuple(_get_list(stix_object, "x_mitre_platforms", str)),
        links=tuple(_sort_links(links)),
    )


def _build_indicator(stix_object: StixObject, links: Sequence[StixLink]) -> Indicator:
    return Indicator(
        upstream_id=stix_object["id"],
        name=str(stix_object.get("name", "")),
        description=_get_description(stix_object),
        pattern=stix_object["pattern"],
        pattern_type=str(stix_object.get("pattern_type", "stix")),
        valid_from=str(stix_object.get("valid_from", ""))[:10],
        links=tuple(_sort_links(links)),
    )


def _sort_links(links: Iterable[StixLink]) -> Iterator[StixLink]:
    yield from sorted(
        dict.fromkeys(links), key=lambda link: (link.relation, link.kind, link.name, link.id, link.description)
    )
