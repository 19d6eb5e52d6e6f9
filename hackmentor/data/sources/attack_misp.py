"""ATT&CK from the clusters that `pymispgalaxies` ships: whole descriptions, mobile too, but no text of a relation."""

from hackmentor.data.clean import clean_text
from hackmentor.data.prose import finish_sentence
from hackmentor.data.sources.attack_knowledge import ActorKind, AttackKnowledge, AttackLink, AttackObject
from hackmentor.data.sources.misp import (
    Cluster,
    format_tactic,
    get_external_id,
    get_name,
    is_deprecated,
    is_revoked,
    iter_related,
    read_clusters,
)

# The clusters do not name ATT&CK's release: version of the file mitre-attack-pattern -> release, and its day.
RELEASES = {33: ("17.1", "2025-05-06")}
KIND_BY_FILE: dict[str, ActorKind] = {"mitre-intrusion-set": "group", "mitre-malware": "malware", "mitre-tool": "tool"}


def read_misp_attack() -> AttackKnowledge:
    """ATT&CK as the MISP galaxy has it. Raises UserError where the package or a file is missing."""
    patterns, upstream = read_clusters("mitre-attack-pattern")
    knowledge = AttackKnowledge(*RELEASES.get(upstream, (f"of misp-galaxy {upstream}", "")))
    for pattern in patterns:
        _add_technique(knowledge, pattern)
    measures = read_clusters("mitre-course-of-action")[0]
    actors = [(kind, item) for file, kind in KIND_BY_FILE.items() for item in read_clusters(file)[0]]
    for cluster in measures:
        _add_measure(knowledge, cluster)
    for kind, cluster in actors:
        _add_actor(knowledge, cluster, kind)
    for cluster in patterns:
        _add_links(knowledge, cluster, "technique", "subtechnique-of")
    for cluster in measures:
        _add_links(knowledge, cluster, "measure", "mitigates")
    for _, cluster in actors:
        _add_links(knowledge, cluster, "actor", "uses")
    _add_successors(knowledge, patterns)
    knowledge.tactics = {tactic for item in knowledge.iter_class("technique") for tactic in item.tactics}
    return knowledge


def _add_technique(knowledge: AttackKnowledge, pattern: Cluster) -> None:
    key, external_id = f"technique--{pattern['uuid']}", get_external_id(pattern)
    chains = pattern["meta"].get("kill_chain", [])
    if is_revoked(pattern):
        knowledge.add_retired("revoked", key, external_id)
    elif is_deprecated(pattern):
        knowledge.add_retired("deprecated", key, external_id)
    elif not any(chain.startswith(("attack-", "mobile-attack-")) for chain in chains):
        knowledge.add_retired("no tactic", key, external_id)
    else:
        knowledge.objects[key] = AttackObject(
            key=key,
            id=external_id,
            name=get_name(pattern),
            description=finish_sentence(clean_text(pattern["description"])),
            domain="mobile" if chains[0].startswith("mobile-") else "enterprise",
            tactics=tuple(dict.fromkeys(format_tactic(chain.partition(":")[2]) for chain in chains)),
            platforms=tuple(p for p in pattern["meta"].get("mitre_platforms", []) if p != "PRE"),
            data_sources=tuple(pattern["meta"].get("mitre_data_sources", [])),
        )


def _add_measure(knowledge: AttackKnowledge, cluster: Cluster) -> None:
    # Ids that begin with T are the retired one-mitigation-a-technique entries of 2018.
    name, external_id = get_name(cluster), get_external_id(cluster)
    if external_id.startswith("M") and not is_deprecated(cluster) and name != "Do Not Mitigate":
        key = f"measure--{cluster['uuid']}"
        knowledge.objects[key] = AttackObject(key, external_id, name, "")


def _add_actor(knowledge: AttackKnowledge, cluster: Cluster, kind: ActorKind) -> None:
    key, external_id, name = f"actor--{cluster['uuid']}", get_external_id(cluster), get_name(cluster)
    if is_revoked(cluster) or is_deprecated(cluster):
        knowledge.add_retired("revoked or deprecated actor", key, external_id)
        return
    knowledge.objects[key] = AttackObject(
        key=key,
        id=external_id,
        name=name,
        description=finish_sentence(clean_text(cluster["description"])),
        kind=kind,
        platforms=tuple(cluster["meta"].get("mitre_platforms", [])),
        aliases=tuple(alias for alias in cluster["meta"].get("synonyms", []) if alias != name),
    )


def _add_links(knowledge: AttackKnowledge, cluster: Cluster, kind: str, relation: str) -> None:
    source = f"{kind}--{cluster['uuid']}"
    for uuid in dict.fromkeys(iter_related(cluster, relation)) if source in knowledge.objects else ():
        # A related uuid comes without its class; an actor uses both techniques and software.
        for target in (f"technique--{uuid}", *([f"actor--{uuid}"] if relation == "uses" else [])):
            if target in knowledge.objects:
                knowledge.links.append(AttackLink(relation, source, target))  # type: ignore[arg-type]


def _add_successors(knowledge: AttackKnowledge, patterns: list[Cluster]) -> None:
    ids = {pattern["uuid"]: get_external_id(pattern) for pattern in patterns}
    for pattern in patterns:
        for uuid in iter_related(pattern, "revoked-by"):
            if uuid in ids:
                knowledge.successors[get_external_id(pattern)] = ids[uuid]
