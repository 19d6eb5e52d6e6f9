"""Techniques against industrial control systems and the assets that they apply to, as the MISP galaxy has them.

The galaxy holds the first edition of ATT&CK for ICS, from a wiki of its own. Ids and names are brought to those of
ATT&CK v10, and one name to a later one; what was dropped until then is left out. For anything newer, name MITRE's STIX
bundle `ics-attack.json` by path.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from hackmentor.data.clean import clean_text
from hackmentor.data.prose import finish_sentence
from hackmentor.data.sources.attack import LICENCE, NOTICE
from hackmentor.data.sources.catalogue import Catalogue, CatalogueEntry, EntryRef, Origin
from hackmentor.data.sources.installed_packages import get_package_version
from hackmentor.data.sources.misp import PACKAGE, Cluster, read_clusters

# The day on which the first edition was published.
RELEASED = "2020-01-07"
LINKED = re.compile(r"(?P<name>.+?)\s+https?://\S*/(?P<id>[^/\s]+)\s*")
NEW_NAMES = {
    "T0830": "Adversary-in-the-Middle",
    "T0848": "Rogue Master",
    "T0858": "Change Operating Mode",
    "T0867": "Lateral Tool Transfer",
}
# Merged into others or dropped between the first edition and ATT&CK v10.
DROPPED = frozenset(
    ("T0808", "T0810", "T0818", "T0824", "T0825", "T0833", "T0841", "T0844", "T0850", "T0854", "T0870", "T0875")
)
# The field runs several together, with and without commas.
TACTIC = re.compile(
    r"Collection|Command and Control|Discovery|Evasion|Execution|Impact|Impair Process Control|"
    r"Inhibit Response Function|Initial Access|Lateral Movement|Persistence"
)
RETIRED = "technique that ATT&CK has retired"


@dataclass(frozen=True, slots=True)
class IcsTechnique:
    """A technique against a control system."""

    upstream_id: str
    name: str
    description: str
    tactics: tuple[str, ...]
    assets: tuple[str, ...]
    measures: tuple[str, ...]

    @property
    def split_key(self) -> str:
        """The id: where a bundle by path has the technique too, both stay on one side."""
        return self.upstream_id


@dataclass(frozen=True, slots=True)
class AppliedTechnique:
    """A technique as it stands with an asset."""

    id: str
    name: str
    tactics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IcsAsset:
    """A kind of device in a control system, with the techniques that apply to it."""

    upstream_id: str
    name: str
    description: str
    levels: tuple[str, ...]
    """Of the Purdue model, such as `Level 1`."""
    techniques: tuple[AppliedTechnique, ...]

    @property
    def split_key(self) -> str:
        """Each asset is split by itself."""
        return self.upstream_id


@cache
def load_ics() -> Catalogue:
    """Every technique in use, and every asset. Raises UserError where the package or a file is missing."""
    clusters, version = read_clusters("mitre-ics-techniques")
    assets, _ = read_clusters("mitre-ics-assets")
    tactics, _ = read_clusters("mitre-ics-tactics")
    # Where the two differ, the address is right: the field has the ids of neighbours.
    ids = {ref.name: ref.id for item in (*assets, *tactics) for ref in _iter_linked(item, "Tech")}
    refs = {item["value"]: _make_ref(item, ids) for item in clusters}
    affected: dict[str, list[str]] = {}
    for asset in assets:
        for ref in _iter_linked(asset, "Tech"):
            affected.setdefault(ref.name, []).append(_name_asset(asset))
    techniques = {
        item["value"]: _build_technique(item, refs[item["value"]], affected.get(item["value"], []))
        for item in clusters
        if refs[item["value"]].id not in DROPPED
    }
    entries: tuple[CatalogueEntry, ...] = (
        *sorted(techniques.values(), key=lambda item: item.upstream_id),
        *(_build_asset(asset, techniques) for asset in sorted(assets, key=_name_asset)),
    )
    upstream = f"ATT&CK for ICS, first edition (misp-galaxy {version})"
    origin = Origin("ics", PACKAGE, get_package_version(PACKAGE), upstream, LICENCE, NOTICE, RELEASED)
    return Catalogue(origin, entries, {RETIRED: sorted(ref.id for ref in refs.values() if ref.id in DROPPED)})


def _make_ref(cluster: Cluster, ids: dict[str, str]) -> EntryRef:
    old = ids.get(cluster["value"]) or _list_texts(cluster, "Technique ID")[0]
    new = f"T0{old.removeprefix('T')}"
    return EntryRef(new, NEW_NAMES.get(new, clean_text(cluster["value"])))


def _build_technique(cluster: Cluster, ref: EntryRef, assets: list[str]) -> IcsTechnique:
    return IcsTechnique(
        upstream_id=ref.id,
        name=ref.name,
        description=finish_sentence(" ".join(clean_text(cluster["description"]).split())),
        tactics=tuple(dict.fromkeys(TACTIC.findall(", ".join(_list_texts(cluster, "Tactic"))))),
        assets=tuple(dict.fromkeys(assets)),
        measures=tuple(finish_sentence(clean_text(text)) for text in _list_texts(cluster, "Mitigations")),
    )


def _build_asset(cluster: Cluster, techniques: dict[str, IcsTechnique]) -> IcsAsset:
    name = _name_asset(cluster)
    applied = [techniques[ref.name] for ref in _iter_linked(cluster, "Tech") if ref.name in techniques]
    return IcsAsset(
        upstream_id=f"ics-asset-{re.sub('[^a-z]+', '-', name.lower())}",
        name=name,
        description=finish_sentence(" ".join(clean_text(cluster["description"]).split())),
        levels=tuple(ref.name for ref in _iter_linked(cluster, "Levels")),
        techniques=tuple(AppliedTechnique(item.upstream_id, item.name, item.tactics) for item in applied),
    )


def _name_asset(cluster: Cluster) -> str:
    return clean_text(cluster["value"]).replace("/", " / ").replace("Input / Output", "Input/Output")


def _iter_linked(cluster: Cluster, field_start: str) -> Iterator[EntryRef]:
    """The pages that fields of a cluster link to, each `NAME ADDRESS`."""
    fields: Iterable[str] = (key for key in cluster["meta"] if key.startswith(field_start))
    for key in fields:
        for text in _list_texts(cluster, key):
            if found := LINKED.fullmatch(text):
                yield EntryRef(found["id"], found["name"])


def _list_texts(cluster: Cluster, key: str) -> list[str]:
    value = cluster["meta"].get(key, [])
    return [_repair_encoding(text) for text in ([value] if isinstance(value, str) else value)]


def _repair_encoding(text: str) -> str:
    """The text as it was before its UTF-8 was read as Windows-1252, which happened to some of the galaxy's lists."""
    try:
        return text.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return text
