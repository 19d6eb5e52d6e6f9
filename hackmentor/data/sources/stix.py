"""STIX 2.x bundles: actors, software, techniques, indicators and reports, with what relates them.

Read as the JSON that they are: the library `stix2` refuses bundles with custom fields or objects, which real ones hold,
and brings four packages along.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from hackmentor.data.clean import clean_text
from hackmentor.data.prose import ENDINGS, paragraphs, sentences
from hackmentor.data.sources.stix_objects import Indicator, Link, Report, Subject

SUBJECTS = {
    "attack-pattern", "malware", "tool", "intrusion-set", "threat-actor", "campaign", "course-of-action",
    "vulnerability",
}  # fmt: skip
RELATIONS = {"uses", "mitigates", "indicates", "targets", "attributed-to"}
CATALOGUES = ("mitre-attack", "mitre-mobile-attack", "mitre-ics-attack", "cve", "capec")
Thing = Mapping[str, Any]
T = TypeVar("T")


@dataclass(slots=True)
class Bundles:
    """The newest version of every object of several bundles, and the ids of what is left out, by reason."""

    things: dict[str, Thing] = field(default_factory=dict)
    left_out: dict[str, list[str]] = field(default_factory=dict)

    def add(self, objects: Iterable[object]) -> None:
        """Take in the objects of one bundle."""
        for thing in objects:
            if not isinstance(thing, dict) or not all(isinstance(thing.get(key), str) for key in ("id", "type")):
                self.note("STIX object without id or type", str(thing)[:60])
                continue
            known = self.things.get(thing["id"])
            if known:
                self.note("older version of a STIX object", thing["id"])
            if not known or _modified(thing) > _modified(known):
                self.things[thing["id"]] = thing

    def note(self, reason: str, name: str) -> None:
        """Count something that is left out."""
        self.left_out.setdefault(reason, []).append(name)

    def entries(self) -> list[Subject | Indicator | Report]:
        """Everything with a name, in the order of the ids, each with its links."""
        for name, thing in list(self.things.items()):
            reason = _retired(thing)
            if reason:
                self.note(reason, name)
                del self.things[name]
        links = self._links()
        made = (self._entry(self.things[name], links.get(name, [])) for name in sorted(self.things))
        return [entry for entry in made if entry]

    def _entry(self, thing: Thing, links: Sequence[Link]) -> Subject | Indicator | Report | None:
        kind, name = thing["type"], thing["id"]
        named = isinstance(thing.get("name"), str) and thing["name"].strip()
        if kind == "indicator" and isinstance(thing.get("pattern"), str):
            return _indicator(thing, links)
        if kind == "report" and named:
            refs = [ref for ref in _listed(thing, "object_refs", str) if self._known(ref, name)]
            inside = tuple(self._link("refers to", ref, "") for ref in refs)
            return Report(name, thing["name"], _text(thing), inside, str(thing.get("published", ""))[:10])
        if kind in SUBJECTS and named:
            return _subject(thing, links)
        if kind not in ("relationship", "identity", "location", "marking-definition"):
            self.note(f"STIX object without a use here: {kind}", name)
        return None

    def _links(self) -> dict[str, list[Link]]:
        found: dict[str, list[Link]] = {}
        for thing in self.things.values():
            relation = thing.get("relationship_type")
            if thing["type"] != "relationship":
                continue
            if relation not in RELATIONS:
                self.note(f"STIX relationship without a use here: {relation}", thing["id"])
                continue
            source, target = str(thing.get("source_ref")), str(thing.get("target_ref"))
            if self._known(source, thing["id"]) and self._known(target, thing["id"]):
                how = _text(thing)
                found.setdefault(source, []).append(self._link(relation, target, how))
                found.setdefault(target, []).append(self._link(f"{relation} (by)", source, how))
        return found

    def _known(self, ref: str, where: str) -> bool:
        if ref in self.things:
            return True
        self.note("STIX reference to an object that is missing or retired", f"{where} -> {ref}")
        return False

    def _link(self, relation: str, ref: str, how: str) -> Link:
        thing = self.things[ref]
        return Link(relation, ref, thing["type"], str(thing.get("name", "")), _outside_id(thing), how)


def objects_of(content: object) -> Sequence[object] | None:
    """The objects of a bundle (or of a TAXII envelope); None for other JSON."""
    objects = content.get("objects") if isinstance(content, dict) else content
    if isinstance(objects, list) and any(isinstance(item, dict) and "--" in str(item.get("id")) for item in objects):
        return objects
    return None


def _retired(thing: Thing) -> str:
    kind = "relationship" if thing["type"] == "relationship" else "object"
    if thing.get("revoked"):
        return f"revoked STIX {kind}"
    return f"deprecated STIX {kind}" if thing.get("x_mitre_deprecated") else ""


def _modified(thing: Thing) -> str:
    return str(thing.get("modified") or thing.get("created") or "")


def _text(thing: Thing) -> str:
    text = clean_text(str(thing.get("description") or ""))
    if text.endswith("..."):
        # Some exporters cut descriptions off: what follows the last whole sentence goes.
        *blocks, last = text.split("\n\n")
        text = paragraphs(*blocks, " ".join(sentences(last)[:-1]))
    # No capital is forced on the first word: it may be a name that is written small.
    return text if not text or text.endswith(ENDINGS) else f"{text}."


def _listed(thing: Thing, key: str, kind: type[T]) -> list[T]:
    """The items of a list field that are what they should be; none where the field is no list."""
    items = thing.get(key)
    return [item for item in items if isinstance(item, kind)] if isinstance(items, list) else []


def _outside_id(thing: Thing) -> str:
    known = [ref for ref in _listed(thing, "external_references", dict) if ref.get("external_id")]
    known.sort(key=lambda ref: ref.get("source_name") not in CATALOGUES)
    return str(known[0]["external_id"]) if known else ""


def _subject(thing: Thing, links: Sequence[Link]) -> Subject:
    phases = (str(phase.get("phase_name", "")) for phase in _listed(thing, "kill_chain_phases", dict))
    also = [*_listed(thing, "aliases", str), *_listed(thing, "x_mitre_aliases", str)]
    return Subject(
        upstream_id=thing["id"],
        kind=thing["type"],
        name=thing["name"],
        outside_id=_outside_id(thing),
        description=_text(thing),
        also=tuple(dict.fromkeys(name for name in also if name != thing["name"])),
        phases=tuple(phase.replace("-", " ") for phase in phases if phase),
        platforms=tuple(_listed(thing, "x_mitre_platforms", str)),
        links=tuple(_ordered(links)),
    )


def _indicator(thing: Thing, links: Sequence[Link]) -> Indicator:
    return Indicator(
        upstream_id=thing["id"],
        name=str(thing.get("name", "")),
        description=_text(thing),
        pattern=thing["pattern"],
        pattern_type=str(thing.get("pattern_type", "stix")),
        since=str(thing.get("valid_from", ""))[:10],
        links=tuple(_ordered(links)),
    )


def _ordered(links: Iterable[Link]) -> Iterator[Link]:
    yield from sorted(dict.fromkeys(links), key=lambda link: (link.relation, link.kind, link.name, link.id, link.how))
