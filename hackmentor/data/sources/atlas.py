"""MITRE ATLAS: techniques against systems that learn, and what mitigates them, as the MISP galaxy has them."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from hackmentor.data.clean import clean_text
from hackmentor.data.prose import finish_sentence
from hackmentor.data.sources.catalogue import Catalogue, CatalogueEntry, EntryRef, Origin
from hackmentor.data.sources.installed_packages import get_package_version
from hackmentor.data.sources.misp import (
    PACKAGE,
    Cluster,
    format_tactic,
    get_external_id,
    get_name,
    iter_related,
    read_clusters,
)

LICENCE = "Apache-2.0 (ATLAS); MISP galaxy CC0-1.0 or BSD-2-Clause"
NOTICE = (
    "MITRE ATLAS (https://atlas.mitre.org), copyright 2021-2025 MITRE, Apache License 2.0. Taken from the MISP galaxy "
    "(https://github.com/MISP/misp-galaxy), CC0-1.0 or BSD-2-Clause."
)
# Acronyms of the tactics' slugs.
SPELLING = {"Ml": "ML", "Ai": "AI"}


@dataclass(frozen=True, slots=True)
class AtlasTechnique:
    """A technique against a system that learns."""

    upstream_id: str
    name: str
    """With that of its parent in front of it, without which most say nothing: `LLM Prompt Injection: Direct`."""
    description: str
    tactics: tuple[str, ...]
    parent: EntryRef | None
    children: tuple[EntryRef, ...]
    measures: tuple[EntryRef, ...]

    @property
    def split_key(self) -> str:
        """A sub-technique (`AML.T0051.000`) goes where its parent goes."""
        return get_parent_id(self.upstream_id)


@dataclass(frozen=True, slots=True)
class AtlasMeasure:
    """A mitigation of ATLAS with the techniques that it is named against."""

    upstream_id: str
    name: str
    text: str
    techniques: tuple[EntryRef, ...]

    @property
    def split_key(self) -> str:
        """Each mitigation is split by itself."""
        return self.upstream_id


@cache
def load_atlas() -> Catalogue:
    """Every technique and mitigation. Raises UserError where the package or a file is missing."""
    patterns, version = read_clusters("mitre-atlas-attack-pattern")
    measures, _ = read_clusters("mitre-atlas-course-of-action")
    names = {get_external_id(pattern): get_name(pattern) for pattern in patterns}
    refs = {pattern["uuid"]: _make_ref(get_external_id(pattern), names) for pattern in patterns}
    origin = Origin("atlas", PACKAGE, get_package_version(PACKAGE), f"misp-galaxy {version}", LICENCE, NOTICE)
    entries: list[CatalogueEntry] = [
        *_iter_techniques(patterns, measures, names),
        *_iter_measures(measures, refs),
    ]
    return Catalogue(origin, tuple(sorted(entries, key=lambda entry: entry.upstream_id)))


def _iter_techniques(
    patterns: list[Cluster], measures: list[Cluster], names: dict[str, str]
) -> Iterator[AtlasTechnique]:
    counters: dict[str, list[EntryRef]] = {}
    for measure in measures:
        for uuid in dict.fromkeys(iter_related(measure, "mitigates")):
            counters.setdefault(uuid, []).append(EntryRef(get_external_id(measure), get_name(measure)))
    # Some of the galaxy's forms hang below a stranger and have its tactics: the id says whose form one is.
    tactics = {get_external_id(pattern): _list_tactics(pattern) for pattern in patterns}
    for pattern in patterns:
        ref = _make_ref(get_external_id(pattern), names)
        parent = get_parent_id(ref.id)
        yield AtlasTechnique(
            upstream_id=ref.id,
            name=ref.name,
            description=finish_sentence(clean_text(pattern["description"])),
            tactics=tactics.get(parent, tactics[ref.id]),
            parent=EntryRef(parent, names[parent]) if parent != ref.id and parent in names else None,
            children=tuple(
                _make_ref(key, names) for key in sorted(names) if key != ref.id and get_parent_id(key) == ref.id
            ),
            measures=_sort_refs(counters.get(pattern["uuid"], [])),
        )


def _iter_measures(measures: list[Cluster], refs: dict[str, EntryRef]) -> Iterator[AtlasMeasure]:
    for measure in measures:
        known = [refs[uuid] for uuid in dict.fromkeys(iter_related(measure, "mitigates")) if uuid in refs]
        text = finish_sentence(clean_text(measure["description"]))
        yield AtlasMeasure(get_external_id(measure), get_name(measure), text, _sort_refs(known))


def get_parent_id(technique_id: str) -> str:
    """`AML.T0051` of `AML.T0051.000`; a technique's own id where it is no sub-technique."""
    return ".".join(technique_id.split(".")[:2])


def _make_ref(technique_id: str, names: dict[str, str]) -> EntryRef:
    parent = get_parent_id(technique_id)
    own = names[technique_id]
    return EntryRef(technique_id, own if parent == technique_id or parent not in names else f"{names[parent]}: {own}")


def _list_tactics(pattern: Cluster) -> tuple[str, ...]:
    slugs = [chain.partition(":")[2] for chain in pattern["meta"].get("kill_chain", [])]
    return tuple(" ".join(SPELLING.get(word, word) for word in format_tactic(slug).split()) for slug in slugs)


def _sort_refs(refs: list[EntryRef]) -> tuple[EntryRef, ...]:
    return tuple(sorted(refs, key=lambda ref: ref.id))
