"""MITRE D3FEND: countermeasures, and the ATT&CK techniques that act on the same artifacts, from the MISP galaxy."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from hackmentor.data.clean import clean_text
from hackmentor.data.prose import finish_sentence
from hackmentor.data.sources.attack import read_attack
from hackmentor.data.sources.catalogue import Catalogue, EntryRef, Origin
from hackmentor.data.sources.installed_packages import get_package_version
from hackmentor.data.sources.misp import PACKAGE, Cluster, get_external_id, get_name, read_clusters

LICENCE = "MIT (D3FEND); ATT&CK Terms of Use (names of techniques); MISP galaxy CC0-1.0 or BSD-2-Clause"
NOTICE = (
    "MITRE D3FEND (https://d3fend.mitre.org), copyright 2022 The MITRE Corporation, MIT License. Names of techniques: "
    "© 2025 The MITRE Corporation, reproduced and distributed with the permission of The MITRE Corporation (ATT&CK). "
    "Taken from the MISP galaxy (https://github.com/MISP/misp-galaxy), CC0-1.0 or BSD-2-Clause."
)
TACTICS = ("Model", "Harden", "Detect", "Isolate", "Deceive", "Evict", "Restore")
# Relations that say nothing about a defence.
INCIDENTAL = {"may-access", "may-contain", "use-limits"}
NO_DEFINITION = "definition of fewer than five words"


@dataclass(frozen=True, slots=True)
class Defence:
    """A countermeasure of D3FEND."""

    upstream_id: str
    name: str
    definition: str
    tactic: str
    group: str
    """The branch below the tactic, such as `Process Analysis`."""
    verb: str
    """What it does to the artifacts that it shares with its techniques, such as `analyzes`; empty without any."""
    techniques: tuple[EntryRef, ...]

    @property
    def split_key(self) -> str:
        """Each countermeasure is split by itself."""
        return self.upstream_id


@dataclass(frozen=True, slots=True)
class AppliedDefence:
    """A countermeasure as it stands with a technique; `breadth` is the number of techniques that it is related to."""

    id: str
    name: str
    tactic: str
    verb: str
    breadth: int


@dataclass(frozen=True, slots=True)
class DefendedTechnique:
    """An ATT&CK technique with the countermeasures that act on its artifacts; the narrowest come first."""

    upstream_id: str
    name: str
    tactics: tuple[str, ...]
    defences: tuple[AppliedDefence, ...]

    @property
    def split_key(self) -> str:
        """A sub-technique goes where its parent goes, as in ATT&CK itself."""
        return self.upstream_id.partition(".")[0]


@cache
def load_d3fend() -> Catalogue:
    """Every countermeasure with a definition, and each technique of the installed ATT&CK that has any of them.

    Raises UserError where the package or a file is missing.
    """
    clusters, version = read_clusters("mitre-d3fend")
    known = {item.key.partition("--")[2]: item for item in read_attack().iter_class("technique")}
    names = {uuid: EntryRef(item.id, item.name) for uuid, item in known.items()}
    found = [_build_defence(cluster, names) for cluster in clusters]
    defences = sorted((item for item in found if len(item.definition.split()) >= 5), key=lambda item: item.upstream_id)
    short = sorted({item.upstream_id for item in found} - {item.upstream_id for item in defences})
    tactics = {item.id: item.tactics for item in known.values()}
    origin = Origin("d3fend", PACKAGE, get_package_version(PACKAGE), f"misp-galaxy {version}", LICENCE, NOTICE)
    left_out = {
        NO_DEFINITION: short,
        "technique that ATT&CK has retired": sorted(_find_retired(clusters, names)),
    }
    return Catalogue(origin, (*defences, *_iter_defended(defences, tactics)), left_out)


def _build_defence(cluster: Cluster, names: Mapping[str, EntryRef]) -> Defence:
    tactic, _, group = next(iter(cluster["meta"].get("kill_chain", [])), "").partition(":")
    links = [link for link in cluster.get("related", []) if link["type"] not in INCIDENTAL]
    refs = {names[link["dest-uuid"]] for link in links if link["dest-uuid"] in names}
    return Defence(
        upstream_id=get_external_id(cluster),
        name=get_name(cluster),
        definition=finish_sentence(" ".join(clean_text(cluster["description"]).split())),
        tactic=tactic,
        group=group.replace("-", " "),
        verb=links[0]["type"] if links else "",
        techniques=tuple(sorted(refs, key=lambda ref: ref.id)),
    )


def _find_retired(clusters: Iterable[Cluster], names: Mapping[str, EntryRef]) -> set[str]:
    return {link["dest-uuid"] for cluster in clusters for link in cluster.get("related", [])} - names.keys()


def _iter_defended(defences: Iterable[Defence], tactics: Mapping[str, tuple[str, ...]]) -> Iterator[DefendedTechnique]:
    by_technique: dict[EntryRef, list[AppliedDefence]] = {}
    for item in defences:
        applied = AppliedDefence(item.upstream_id, item.name, item.tactic, item.verb, len(item.techniques))
        for ref in item.techniques:
            by_technique.setdefault(ref, []).append(applied)
    for ref in sorted(by_technique, key=lambda ref: ref.id):
        ordered = sorted(by_technique[ref], key=lambda item: (item.breadth, item.id))
        yield DefendedTechnique(ref.id, ref.name, tactics[ref.id], tuple(ordered))
