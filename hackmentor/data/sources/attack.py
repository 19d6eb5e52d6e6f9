"""MITRE ATT&CK techniques with their mitigations and users, from the JSON that `pymispgalaxies` ships."""

import itertools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TypedDict, cast

from hackmentor.data.clean import clean_text
from hackmentor.data.prose import finish, whole
from hackmentor.data.sources.base import Catalogue, Origin, Ref
from hackmentor.data.sources.installed import package_file, package_version

PACKAGE = "pymispgalaxies"
FOLDER = "data/misp-galaxy/clusters"
LICENCE = "ATT&CK Terms of Use; MISP galaxy CC0-1.0 or BSD-2-Clause"
NOTICE = (
    "© 2025 The MITRE Corporation. This work is reproduced and distributed with the permission of The MITRE "
    "Corporation. ATT&CK is a registered trademark of The MITRE Corporation "
    "(https://attack.mitre.org/resources/legal-and-branding/terms-of-use/). Taken from the MISP galaxy, CC0-1.0 or "
    "BSD-2-Clause (https://github.com/MISP/misp-galaxy)."
)
DEPRECATED = re.compile(r"\bthis (?:object|technique) (?:is|has been) deprecated\b", re.IGNORECASE)
STEP_LABEL = re.compile(r"^(?:Use Cases?|Implementation|Best Practices?|Example|Action|Steps?)\s*:\s*")


class Cluster(TypedDict, total=False):
    """One value of a MISP galaxy cluster, as its JSON has it."""

    value: str
    description: str
    uuid: str
    meta: dict[str, list[str] | str]
    related: list[dict[str, str]]


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
    groups: tuple[Ref, ...]
    data_sources: tuple[str, ...]
    parent: Ref | None
    children: tuple[Ref, ...]

    @property
    def split_key(self) -> str:
        """A sub-technique goes where its parent goes."""
        return self.upstream_id.partition(".")[0]


@cache
def load_attack() -> Catalogue:
    """Every usable technique. Raises UserError where the package or a file is missing."""
    version = package_version(PACKAGE)
    patterns, upstream = read_clusters("mitre-attack-pattern")
    left_out: dict[str, list[str]] = {"revoked": [], "deprecated": [], "no tactic": []}
    live: list[Cluster] = []
    for pattern in patterns:
        reason = _unusable(pattern)
        if reason:
            left_out[reason].append(external_id(pattern))
        else:
            live.append(pattern)
    origin = Origin("attack", PACKAGE, version, f"misp-galaxy {upstream}", LICENCE, NOTICE)
    techniques = sorted(_techniques(live), key=lambda technique: technique.upstream_id)
    return Catalogue(origin, tuple(techniques), {reason: sorted(ids) for reason, ids in left_out.items()})


def read_clusters(name: str) -> tuple[list[Cluster], int]:
    """The values of one MISP galaxy cluster file and its version number."""
    text = package_file(PACKAGE, f"{FOLDER}/{name}.json").read_text(encoding="utf-8")
    content = json.loads(text)
    return cast(list[Cluster], content["values"]), int(content["version"])


def external_id(cluster: Cluster) -> str:
    """The id that people use, such as T1059.001, M1042 or G0007."""
    return str(cluster["meta"].get("external_id", ""))


def own_name(cluster: Cluster) -> str:
    """The name without the id that MISP appends to it."""
    return clean_text(cluster["value"].removesuffix(f" - {external_id(cluster)}"))


def related(cluster: Cluster, kind: str) -> Iterator[str]:
    """The uuids that the cluster points to by one kind of relation."""
    for link in cluster.get("related", []):
        if link["type"] == kind:
            yield link["dest-uuid"]


def is_revoked(cluster: Cluster) -> bool:
    """Whether another entry has replaced this one."""
    return any(True for _ in related(cluster, "revoked-by"))


def is_deprecated(cluster: Cluster) -> bool:
    """Whether the entry's own text says that it is no longer in use."""
    return bool(DEPRECATED.search(cluster.get("description", "")[:300]))


def _unusable(pattern: Cluster) -> str:
    if is_revoked(pattern):
        return "revoked"
    if is_deprecated(pattern):
        return "deprecated"
    chains = pattern["meta"].get("kill_chain", [])
    return "" if any(chain.startswith(("attack-", "mobile-attack-")) for chain in chains) else "no tactic"


def _techniques(live: list[Cluster]) -> Iterator[Technique]:
    by_uuid = {pattern["uuid"]: Ref(external_id(pattern), own_name(pattern)) for pattern in live}
    mitigations = _countermeasures()
    groups = _users("mitre-intrusion-set")
    parents = {p["uuid"]: by_uuid.get(next(related(p, "subtechnique-of"), "")) for p in live}
    children: dict[str, list[Ref]] = {}
    for uuid, parent in parents.items():
        if parent:
            children.setdefault(parent.id, []).append(by_uuid[uuid])
    for pattern in live:
        uuid, me = pattern["uuid"], by_uuid[pattern["uuid"]]
        kids = tuple(sorted(children.get(me.id, ()), key=lambda ref: ref.id))
        yield _technique(pattern, me, mitigations.get(uuid, ()), groups.get(uuid, ()), parents[uuid], kids)


def _technique(
    pattern: Cluster,
    me: Ref,
    mitigations: tuple[Countermeasure, ...],
    groups: tuple[Ref, ...],
    parent: Ref | None,
    children: tuple[Ref, ...],
) -> Technique:
    chains = [chain.partition(":") for chain in pattern["meta"].get("kill_chain", [])]
    mobile = chains[0][0].startswith("mobile-")
    return Technique(
        upstream_id=me.id,
        name=me.name,
        domain="mobile" if mobile else "enterprise",
        description=finish(clean_text(pattern["description"])),
        tactics=tuple(dict.fromkeys(tactic_name(chain[2]) for chain in chains)),
        platforms=tuple(p for p in pattern["meta"].get("mitre_platforms", []) if p != "PRE"),
        mitigations=mitigations,
        groups=groups,
        data_sources=tuple(pattern["meta"].get("mitre_data_sources", [])),
        parent=parent,
        children=children,
    )


def tactic_name(slug: str) -> str:
    """`command-and-control` as `Command and Control`."""
    return " ".join(word if word == "and" else word.capitalize() for word in slug.split("-"))


def _countermeasures() -> dict[str, tuple[Countermeasure, ...]]:
    found: dict[str, list[Countermeasure]] = {}
    for cluster in read_clusters("mitre-course-of-action")[0]:
        measure = countermeasure(cluster)
        for uuid in related(cluster, "mitigates") if measure else ():
            found.setdefault(uuid, []).append(cast(Countermeasure, measure))
    return {uuid: tuple(sorted(items, key=lambda item: item.id)) for uuid, items in found.items()}


def countermeasure(cluster: Cluster) -> Countermeasure | None:
    """A mitigation from its cluster; None for those that are retired or say that nothing should be done."""
    # Ids that begin with T are the retired one-mitigation-a-technique entries of 2018.
    name = own_name(cluster)
    if not external_id(cluster).startswith("M") or is_deprecated(cluster) or name == "Do Not Mitigate":
        return None
    blocks = [block.strip() for block in clean_text(cluster["description"]).split("\n\n")]
    steps: list[tuple[str, tuple[str, ...]]] = []
    for heading, block in itertools.pairwise(blocks):
        # Behind this heading come product names, not advice.
        if "Tools for Implementation" in heading:
            break
        if heading.endswith(":") and "\n" not in heading and block.startswith("- "):
            items = [STEP_LABEL.sub("", line.removeprefix("- ")).strip() for line in block.split("\n")]
            steps.append((heading.rstrip(":").strip(), tuple(finish(item) for item in items if item)))
    return Countermeasure(external_id(cluster), name, whole(blocks[0]), tuple(steps))


def _users(cluster_file: str) -> dict[str, tuple[Ref, ...]]:
    found: dict[str, list[Ref]] = {}
    for cluster in read_clusters(cluster_file)[0]:
        if is_revoked(cluster) or is_deprecated(cluster):
            continue
        for uuid in related(cluster, "uses"):
            found.setdefault(uuid, []).append(Ref(external_id(cluster), own_name(cluster)))
    return {uuid: tuple(sorted(refs, key=lambda ref: ref.id)) for uuid, refs in found.items()}
